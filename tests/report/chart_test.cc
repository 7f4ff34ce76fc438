// SPDX-License-Identifier: MIT
#include "cadena/report/chart.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>

#include "cadena/base/error.h"
#include "cadena/report/axis.h"
#include "cadena/report/text.h"
#include "well_formed.h"

namespace cadena {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Every attribute that is a position, a size or a path holds numbers, and the text stays inside.
void expect_sound(const std::string& svg) {
  expect_well_formed(svg);
  EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("inf"), std::string::npos) << svg;
  EXPECT_NE(svg.find(R"(role="img")"), std::string::npos);
  EXPECT_LT(svg.find("<title>"), svg.find("<desc>"));
  const double width = std::stod(svg.substr(svg.find("0 0 ") + 4));  // of the viewBox
  const std::regex text(R"-(<text class="[^"]*" x="([^"]*)" y="([^"]*)")-");
  for (std::sregex_iterator i(svg.begin(), svg.end(), text), end; i != end; ++i) {
    EXPECT_GE(std::stod((*i)[1]), 0);
    EXPECT_LE(std::stod((*i)[1]), width);
    EXPECT_GT(std::stod((*i)[2]), 0);
  }
}

TEST(Chart, LinesWithBandLevelAndGap) {
  const LineChart chart{
      "A",
      "epoch",
      "F1",
      {{"dev", {1, 2, 3, 4}, {10, nan, 30, 20}, {9, nan, 29, 18}, {11, nan, 32, 25}}},
      {{"chance", 5}}};
  const std::string picture = svg(chart);
  expect_sound(picture);
  EXPECT_EQ(picture, svg(chart));
  EXPECT_NE(picture.find("dev: 3 points, first 10, last 20, smallest 10 at 1, largest 30 at 3. "
                         "Level chance: 5."),
            std::string::npos);
  EXPECT_EQ(count(picture, "class=\"solid\""), 3);  // a mark for each point
  const std::smatch lines = [&] {
    std::smatch match;
    EXPECT_TRUE(
        std::regex_search(picture, match, std::regex(R"-(data-values="([^"]*)" d="([^"]*)")-")));
    return match;
  }();
  EXPECT_EQ(lines[1], "1,10 3,30 4,20");
  EXPECT_EQ(count(lines[2], "M"), 2);  // the gap
}

TEST(Chart, LinesOfOddData) {
  for (const std::vector<double>& y : {std::vector<double>{},
                                       {7},
                                       {nan},
                                       {0, 0, 0},
                                       {0.002, 0.002},
                                       {1e300, -1e300},
                                       {1e-320, 3e-320},
                                       {infinity, 1},
                                       {1e16, 1e16 + 2},
                                       {-5, 1e9},
                                       {1e5, 100500},
                                       {1e308}}) {
    std::vector<double> x;
    for (size_t i = 0; i < y.size(); ++i) x.push_back(static_cast<double>(i));
    for (bool log_y : {false, true})
      expect_sound(svg(LineChart{"", "", "", {{"a", x, y}, {"", x, y}}, {{"level", 3}}, log_y}));
    expect_sound(svg(LineChart{"", "", "", {{"a", y, y}}}));
  }
  EXPECT_NE(svg(LineChart{}).find("no data"), std::string::npos);
}

TEST(Chart, LogarithmicAxisLeavesOutWhatIsNotAboveZero) {
  const std::string picture =
      svg(LineChart{"", "", "", {{"a", {1, 2, 3, 4}, {100, 0, -1, 1}}}, {}, true});
  expect_sound(picture);
  EXPECT_NE(picture.find("data-values=\"1,100 4,1\""), std::string::npos);
}

TEST(Chart, NamesOfCurvesDoNotOverlap) {
  LineChart chart{"", "", "", {}, {{"level", 1}}};
  for (int i = 0; i < 7; ++i) chart.curves.push_back({"curve", {0, 1}, {1, 1.0001}});
  const std::string picture = svg(chart);
  std::vector<double> ys;
  const std::regex name(R"-(y="([^"]*)">(curve|level 1)<)-");
  for (std::sregex_iterator i(picture.begin(), picture.end(), name), end; i != end; ++i)
    ys.push_back(std::stod((*i)[1]));
  ASSERT_EQ(ys.size(), 8u);
  std::ranges::sort(ys);
  for (size_t i = 1; i < ys.size(); ++i) EXPECT_GE(ys[i] - ys[i - 1], 14);
}

TEST(Chart, TextIsEscaped) {
  const std::string evil = "</svg><script>\"'&\x01\xff";
  for (const std::string& picture :
       {svg(LineChart{evil, evil, evil, {{evil, {1}, {1}}}, {{evil, 1}}}),
        svg(HeatMap{evil, evil, evil, {evil}, {evil}, {1}}),
        svg(BarChart{evil, evil, {evil}, {1}, {1}, {{evil, 1}}})}) {
    expect_sound(picture);
    EXPECT_EQ(picture.find("<script"), std::string::npos);
  }
}

TEST(Chart, HeatMapBlankCellsSignsAndThinnedNames) {
  const std::string picture =
      svg(HeatMap{"", "", "", {"a", "b"}, {"c", "d"}, {-2, nan, 1, infinity}, true});
  expect_sound(picture);
  EXPECT_NE(picture.find("Smallest −2 at c, a; largest 1 at d, a."), std::string::npos);
  EXPECT_NE(picture.find(R"(c1" shape-rendering="crispEdges" fill-opacity="1")"),
            std::string::npos);
  EXPECT_NE(picture.find(R"(c0" shape-rendering="crispEdges" fill-opacity="0.5")"),
            std::string::npos);

  HeatMap wide{"", "", "", {}, {"row"}, {}};
  for (int i = 0; i < 500; ++i) wide.columns.push_back("x"), wide.values.push_back(i);
  const std::string thin = svg(wide);
  expect_sound(thin);
  EXPECT_LT(count(thin, ">x</text>"), 120);
  EXPECT_GT(count(thin, ">x</text>"), 40);
  for (const std::vector<double>& values : {std::vector<double>{0}, {5}, {nan}, {1e300}, {-1e-300}})
    for (bool sign : {false, true})
      expect_sound(svg(HeatMap{"", "", "", {"a"}, {"b"}, values, sign}));
  expect_sound(svg(HeatMap{}));
}

TEST(Chart, BarsOfEitherSign) {
  expect_sound(svg(
      BarChart{"", "", {"a", "b", "c"}, {3, -4, nan}, {1, nan, 1}, {{"l", 2}, {"m", infinity}}}));
  expect_sound(svg(BarChart{"", "", {"a"}, {0}}));
  expect_sound(svg(BarChart{}));
  EXPECT_NE(svg(BarChart{"", "F1", {"a"}, {3}, {0.5}}).find("a: 3 ± 0.5."), std::string::npos);
}

TEST(Chart, SizesMustFit) {
  EXPECT_THROW(svg(LineChart{"", "", "", {{"", {1}, {}}}}), Error);
  EXPECT_THROW(svg(LineChart{"", "", "", {{"", {1}, {1}, {1}, {}}}}), Error);
  EXPECT_THROW(svg(HeatMap{"", "", "", {"a"}, {"b"}, {}}), Error);
  EXPECT_THROW(svg(BarChart{"", "", {"a"}, {}}), Error);
  EXPECT_THROW(svg(BarChart{"", "", {"a"}, {1}, {1, 2}}), Error);
}

TEST(Axis, MarksAreRoundNumbers) {
  EXPECT_EQ(linear_axis({0, 97}, 5, true).labels,
            (std::vector<std::string>{"0", "20", "40", "60", "80", "100"}));
  EXPECT_EQ(linear_axis({-0.13, 0.2}, 4, false).labels,
            (std::vector<std::string>{"−0.1", "0.0", "0.1", "0.2"}));
  EXPECT_EQ(linear_axis({1, 3}, 8, false, true).labels, (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(linear_axis({0, 2e6}, 4, true).labels,
            (std::vector<std::string>{"0", "500k", "1M", "1.5M", "2M"}));
  EXPECT_EQ(linear_axis({1e6, 1e6 + 40}, 4, false).labels.at(1), "1000010");
  EXPECT_EQ(log_axis({0.02, 300}, 5).labels,
            (std::vector<std::string>{"0.01", "0.1", "1", "10", "100", "1000"}));
  EXPECT_EQ(log_axis({3, 9}, 5).labels, (std::vector<std::string>{"2", "5", "10"}));
}

TEST(Axis, IsNeverLongNorEmpty) {
  const double ends[] = {0, 1, -1, 1e-300, 3e-7, 12345.678, 1e16, 1e16 + 2, -1e300, 1e300};
  for (double low : ends)
    for (double high : ends) {
      const Extent extent{std::min(low, high), std::max(low, high)};
      for (bool outward : {false, true}) {
        const Axis axis = linear_axis(extent, 5, outward);
        EXPECT_GE(axis.ticks.size(), 1u) << low << ' ' << high;
        EXPECT_LE(axis.ticks.size(), 12u) << low << ' ' << high;
        for (double value : {low, high}) {
          EXPECT_GE(axis.place(value), -1e-6) << low << ' ' << high;
          EXPECT_LE(axis.place(value), 1 + 1e-6) << low << ' ' << high;
        }
      }
      if (extent.low <= 0) continue;
      const Axis axis = log_axis(extent, 5);
      EXPECT_GE(axis.ticks.size(), 2u) << low << ' ' << high;
      EXPECT_LE(axis.ticks.size(), 14u) << low << ' ' << high;
      EXPECT_GE(axis.place(extent.low), -1e-6);
      EXPECT_LE(axis.place(extent.high), 1 + 1e-6) << low << ' ' << high;
    }
}

TEST(ReportText, ShortNumbers) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(-0.81234), "−0.8123");
  EXPECT_EQ(short_number(9999), "9999");
  EXPECT_EQ(short_number(12345), "12.35k");
  EXPECT_EQ(short_number(999999), "1M");
  EXPECT_EQ(short_number(2.5e15), "2.5e15");
  EXPECT_EQ(short_number(-1.25e-9), "−1.25e−9");
  EXPECT_EQ(short_number(nan), "–");
}

TEST(ReportText, CutAndWrapped) {
  EXPECT_EQ(cut_to_width("abc", 10, 1000), "abc");
  const std::string cut = cut_to_width("a long name", 10, 40);
  EXPECT_TRUE(cut.ends_with("…") && cut.size() < 11) << cut;
  EXPECT_EQ(wrap("one two three", 10, 50), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(escape("a<b\x02\xffñ\n"), "a&lt;b��ñ\n");
}

}  // namespace
}  // namespace cadena
