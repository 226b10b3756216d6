// SPDX-License-Identifier: ISC
#include "popup/broker/challenge.h"

#include <string>

#include "tests/unit/unit.h"

TEST(challenges_are_bounded_and_differ) {
  for (const std::string& tag : {std::string("mx.example.org"),
                                 std::string("a"), std::string(255, 'x')}) {
    const auto first = popup::make_challenge(tag);
    const auto second = popup::make_challenge(tag);
    CHECK(first.ok() && second.ok());
    const std::string_view text = first.value().view();
    CHECK(text.size() <= 50 && !first.value().overflowed());
    CHECK(text.starts_with('<') && text.ends_with('>'));
    CHECK(text.find('@' + tag.substr(0, 10)) != std::string_view::npos);
    CHECK(text != second.value().view());
  }
}
