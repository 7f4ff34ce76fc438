// SPDX-License-Identifier: MIT
#include "cadena/report/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "well_formed.h"

namespace cadena {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Page, HoldsEverythingInOneWellFormedFile) {
  Page page("A & B", "es");
  for (const char* text : {"one", "two", "three"}) page.heading(text);
  page.subheading("sub");
  page.paragraph("1 < 2");
  page.list({"a", "b"});
  page.code("if (a < b && c)\n");
  page.table({"name", "F1"}, {{"<x>", "1.5"}, {"y", "\u22121.2%"}, {"z"}});
  page.figure(LineChart{"L", "epoch", "F1", {{"dev", {1, 2}, {3, 4}}, {"train", {2}, {5}}}},
              "a line");
  page.figure(HeatMap{"H", "x", "y", {"a"}, {"b"}, {1}}, "a grid");
  page.figure(BarChart{"B", "y", {"a"}, {1}, {0.5}}, "bars");
  page.figure("<svg></svg>", "drawn elsewhere");
  page.details("more", [&] { page.paragraph("inside"); });
  page.markup("<hr/>");
  const std::string html = page.html();
  expect_well_formed(html, {"meta"});
  EXPECT_TRUE(has(html, "<html lang=\"es\">") && has(html, "<title>A &amp; B</title>"));
  EXPECT_TRUE(has(html, "<a href=\"#s2\">two</a>"));
  EXPECT_TRUE(has(html, "<td>&lt;x&gt;</td><td class=\"n\">1.5</td>"));
  EXPECT_TRUE(has(html, "<td class=\"n\">1</td><td class=\"n\">3</td><td class=\"n\"></td>"));
  EXPECT_TRUE(has(html, "<td class=\"n\">2</td><td class=\"n\">4</td><td class=\"n\">5</td>"));
}

TEST(Page, AsksForNothingFromOutsideAndRunsNoScriptItDoesNotNeed) {
  Page page("A");
  page.figure(BarChart{"B", "y", {"a"}, {1}}, "bars");
  EXPECT_TRUE(has(page.html(), "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
  EXPECT_FALSE(has(page.html(), "<script"));
  page.figure(LineChart{}, "a line");
  EXPECT_TRUE(has(page.html(), "script-src 'unsafe-inline'") && has(page.html(), "<script>"));
  std::string rest = page.html();
  for (const std::string known : {"http://www.w3.org/2000/svg"})
    for (size_t at = 0; (at = rest.find(known)) != std::string::npos;) rest.erase(at, known.size());
  for (const char* asks : {"http:", "https:", "src=", "url(", "@import", "<link"})
    EXPECT_FALSE(has(rest, asks)) << asks;
  const size_t begin = rest.find("<script>"), end = rest.find("</script>");
  EXPECT_LE(std::count(rest.begin() + begin, rest.begin() + end, '\n'), 80);
}

TEST(Page, EscapesEverywhere) {
  const std::string evil = "\"'></script></style><b>&";
  Page page(evil, evil);
  page.heading(evil), page.subheading(evil), page.paragraph(evil), page.list({evil}),
      page.code(evil);
  page.table({evil}, {{evil}});
  page.details(evil, [] {});
  page.figure(LineChart{evil, evil, evil, {{evil, {1}, {1}}}}, evil);
  expect_well_formed(page.html(), {"meta"});
  EXPECT_FALSE(has(page.html(), "<b>"));
}

TEST(Page, ManyRowsOfAChartAreThinned) {
  Curve curve{"a", {}, {}};
  for (int i = 0; i < 1000; ++i) curve.x.push_back(i), curve.y.push_back(i);
  Page page("A");
  page.figure(LineChart{"", "", "", {curve}}, "");
  EXPECT_TRUE(has(page.html(), "one row of 3"));
  EXPECT_FALSE(has(page.html(), "<td class=\"n\">1</td>"));
}

}  // namespace
}  // namespace cadena
