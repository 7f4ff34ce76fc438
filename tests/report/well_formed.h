// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

namespace cadena {

/// Tags close in the order in which they were opened, attributes are quoted and unique, text has
/// no loose "<" or "&". `alone`: elements without end, as HTML has them.
inline void expect_well_formed(const std::string& text,
                               const std::vector<std::string>& alone = {}) {
  static const std::regex tag(R"-(^<(/?)([a-zA-Z][\w-]*)((?: [\w:-]+="[^"<]*")*) ?(/?)>)-");
  static const std::regex entity("^&(amp|lt|gt|quot|#39);");
  std::vector<std::string> open;
  for (size_t at = 0; at < text.size(); ++at) {
    std::smatch match;
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at);
    if (text[at] == '&') {
      ASSERT_TRUE(std::regex_search(begin, std::min(begin + 8, text.end()), entity))
          << text.substr(at, 40);
    }
    if (text[at] != '<' || text.compare(at, 2, "<!") == 0) continue;
    const auto end = std::find(begin, text.end(), '>');
    const std::string head(begin, end == text.end() ? end : end + 1);
    ASSERT_TRUE(std::regex_match(head, match, tag)) << head;
    at += head.size() - 1;
    if (match[1] == "/") {
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(open.back(), match[2]);
      open.pop_back();
    } else if (match[4] != "/" && std::ranges::find(alone, match[2]) == alone.end()) {
      open.push_back(match[2]);
      if (match[2] == "style" || match[2] == "script")  // another language, up to its end
        at = text.find("</" + match[2].str(), at) - 1;
    }
  }
  EXPECT_TRUE(open.empty()) << open.back();
}

}  // namespace cadena
