// SPDX-License-Identifier: MIT
#include "cadena/data/forecast_series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/checkout.h"
#include "tests/support/refused.h"
#include "tests/support/scratch.h"

namespace cadena {
namespace {

using enum ForecastLayout;

/// "id@2016-07:1,?,3": series, start and values.
std::string shown(const ForecastSeries& series) {
  std::string text = series.id;
  if (series.start) text += '@' + format_time(*series.start, series.step);
  for (char separator = ':'; float value : series.values) {
    text += separator + (std::isnan(value) ? "?" : std::to_string(value));
    if (!std::isnan(value)) {
      text.erase(text.find_last_not_of('0') + 1);
      if (text.back() == '.') text.pop_back();
    }
    separator = ',';
  }
  return text;
}

std::vector<std::string> shown(const ForecastSet& set) {
  std::vector<std::string> all;
  for (const ForecastSeries& series : set.items) all.push_back(shown(series));
  return all;
}

class ForecastSeriesTest : public testing::Test {
 protected:
  ForecastSet read(const std::string& text, const ForecastOptions& options = {}) const {
    return read_forecast_series(scratch_.write("a.csv", text), options);
  }
  void expect(ForecastLayout layout, const std::string& text, const std::vector<std::string>& all,
              const ForecastOptions& options = {}) const {
    const ForecastSet set = read(text, options);
    EXPECT_EQ(set.layout, layout) << text;
    EXPECT_EQ(shown(set), all) << text;
  }
  void expect_wrong(const std::string& text, int64_t line, const std::string& message,
                    const ForecastOptions& options = {}) const {
    const std::string path = scratch_.write("a.csv", text);
    expect_refused(text.substr(0, 60), {.file = path, .line = line}, [&] {
      try {
        read_forecast_series(path, options);
      } catch (const Error& error) {
        EXPECT_NE(error.message().find(message), std::string::npos) << error.what();
        throw;
      }
    });
  }

  Scratch scratch_;
};

TEST_F(ForecastSeriesTest, Rows) {
  expect(rows, "\"V1\",\"V2\",\"V3\",\"V4\"\n\"H1\",\"5\",\"6.5\",\"7\"\n\"H2\",\"8\",,\n",
         {"H1:5,6.5,7", "H2:8"});
  expect(rows, "H1;5;6\nH2;;7;NA;9;NaN;\n", {"H1:5,6", "H2:?,7,?,9"});
  expect(rows, "id\t1\t2\n\n7\t1\t2\n", {"7:1,2"}, {.layout = rows});
  expect(rows, "5,a,6\n7,b,8\n", {"a:5,6", "b:7,8"}, {.layout = rows, .id = "2"});
  EXPECT_EQ(read("\nH1,1\nH2,2\n").items[1].line, 3);
  EXPECT_FALSE(read("H1,1,2\n").items[0].step.known());
}

TEST_F(ForecastSeriesTest, Columns) {
  expect(columns, "date,HUFL,OT\n2016-07-01 00:00:00,5,30\n2016-07-01 01:00:00,,27.5\n",
         {"HUFL@2016-07-01 00:00:00:5,?", "OT@2016-07-01 00:00:00:30,27.5"});
  expect(columns, ",Quarter,Income\n0,1970 Q1,1\n1,1970 Q2,-2\n", {"Income@1970-Q1:1,-2"});
  expect(columns, ",0\n1821,269\n1822,321\n", {"0@1821:269,321"});
  expect(columns, "1,2\n3,4\n", {"1:1,3", "2:2,4"});
  expect(columns, "1949-01;112\n1949-02;118\n", {"2@1949-01:112,118"});
  expect(columns, "date,co2\n19580329,316\n19580405,null\n", {"co2@1958-03-29:316,?"});
  expect(columns, "year,x,y\n1700,1,2\n1701,3,4\n", {"y@1700:2,4"}, {.values = {"y"}});
  expect(columns, "year,x,y\n1700,1,2\n1701,3,4\n", {"y@1700:2,4", "x@1700:1,3"},
         {.values = {"3", "x"}});
  expect(columns, "x,when\n1,1700\n2,1701\n", {"x@1700:1,2"}, {.time = "when"});
  expect(columns, "a,b\n1700,1\n1701,2\n", {"a:1700,1701", "b:1,2"});  // not said to be years
}

TEST_F(ForecastSeriesTest, LongForm) {
  const std::string text = "country,year,gdp\nES,2000,1\nMX,2001,5\nES,2001,2\nMX,2002,?\n";
  const std::vector<std::string> all = {"ES@2000:1,2", "MX@2001:5,?"};
  expect(long_form, text, all);
  expect(long_form, text, all, {.id = "country", .time = "year", .values = {"gdp"}});
  expect(long_form, "1,1\n1,2\n2,3\n", {"1:1,2", "2:3"}, {.id = "1", .values = {"2"}});
  expect(long_form, "item,day,n,price\na,2020-01-01,1,9\na,2020-01-02,2,9\n", {"a@2020-01-01:1,2"},
         {.values = {"n"}});
  EXPECT_EQ(read(text).items[1].line, 3);
}

TEST_F(ForecastSeriesTest, TimesLeftOutAreMissing) {
  expect(columns, "date,x\n2020-01-31,1\n2020-02-29,2\n2020-04-30,4\n", {"x@2020-01-31:1,2,?,4"});
  expect(columns, "date,x\n2020-01-01,1\n2020-01-02,2\n2020-01-05,5\n", {"x@2020-01-01:1,2,?,?,5"});
  // The step is that of the table, not of the series.
  expect(long_form, "id,date,x\na,2020-01,1\nb,2020-01,1\na,2020-03,3\nb,2020-02,2\nc,2020-01,4\n",
         {"a@2020-01:1,?,3", "b@2020-01:1,2", "c@2020-01:4"});
  EXPECT_EQ(read("date,x\n2000,1\n2005,2\n").items[0].step, TimeStep{.months = 60});
  EXPECT_EQ(read("date,x\n2000-01-01,1\n2000-01-08,2\n").items[0].step,
            TimeStep{.seconds = 604800});
  EXPECT_FALSE(read("date,x\n2000-01-01,1\n").items[0].step.known());

  expect_wrong(
      "date,x\n2020-01-01,1\n2020-01-03,2\n2020-01-06,5\n", 4,
      "\"x\": from 2020-01-03 00:00:00 to 2020-01-06 00:00:00 is not a multiple of 2 days");
  expect_wrong("date,x\n2020-01,1\n2020-02,2\n2020-03,3\n3020-03,5\n", 5,
               "more than 3 of 4 values are missing, with a step of 1 month");
  expect_wrong("date,x\n2020-01-01,1\n2020-01-01,1\n", 3, "not after the time in line 2");
  expect_wrong("id,year,x\na,2020,1\nb,2020,1\na,2019,1\n", 4, "not after the time in line 2");
}

TEST_F(ForecastSeriesTest, LayoutThatCannotBeTold) {
  expect_wrong("", 0, "no series");
  expect_wrong("date,x\n", 0, "no series");
  expect_wrong("name,code,year,gdp\nSpain,ES,2000,1\n", 2,
               "columns \"name\" and \"code\" may both");
  expect_wrong("a,year,x,y\nES,2000,1,2\n", 2, "cannot tell the layout: column \"a\" has text");
  expect_wrong("x,a\n1,ES\n", 2, "cannot tell the layout");
  expect_wrong("year;v\n2000;1,5\n", 2, "column \"v\": \"1,5\" has a decimal comma");
  expect_wrong("DATE,x\nJan-1-1995,66\n", 2, "column \"DATE\": \"Jan-1-1995\" is no date");
  expect_wrong("x,x\n1,2\n", 2, "two columns \"x\"");
  expect_wrong("date,date2\n2000,1\n", 2, "no column \"dat\"", {.time = "dat"});
  expect_wrong("1,2\n", 1, "no column \"3\"", {.values = {"3"}});
  expect_wrong("1,2\n", 1, "no column \"0\"", {.id = "0"});
  expect_wrong("date\n2000-01\n", 2, "no column with values");
  expect_wrong("a,1\n", 1, "no column for ids", {.layout = columns, .id = "1"});
  expect_wrong("a,1\n", 1, "no columns for times or values", {.layout = rows, .values = {"2"}});
  expect_wrong("1,2\n", 1, "no column with the ids", {.layout = long_form});
  expect_wrong("a,1,2\n", 1, "2 columns may have the value", {.layout = long_form});
  expect_wrong("id,time\na,2000-01\n", 2, "no columns may have the value", {.id = "id"});
}

TEST_F(ForecastSeriesTest, LinesAndValues) {
  expect_wrong("date,x\n2000,1\n2001,1,2\n", 3, "expected 2 columns, found 3");
  expect_wrong("1,2\n3\n", 2, "expected 2 columns, found 1");
  expect_wrong("date,x\n2000,1\n200x,1\n", 3, "column 1: \"200x\" is no date");
  expect_wrong("date,x\n2000,1\n2001,1e39\n", 3, "column 2: \"1e39\" is not a finite number");
  expect_wrong("date;x\n2000;1,5\n", 2, "is no date", {.time = "x"});
  expect_wrong("H1,1,2\nH2,1,x\n", 2, "column 3: \"x\"");
  expect_wrong("H1,1,2\nH2,1,inf\n", 2, "column 3: \"inf\"");
  expect_wrong("H1,1\nH2,1\nH1,2\n", 3, "series \"H1\" again, first in line 1");
  expect_wrong("H1,1\n,2\n", 2, "no id in column 1");
  expect_wrong("id,v\na,1\n,2\n", 3, "no id in column 1", {.id = "id", .values = {"v"}});
  expect_wrong("H1,1\nH2,?\n", 2, "series \"H2\" has no value");
  expect_wrong("date,x,y\n2000,1,\n2001,2,\n", 2, "series \"y\" has no value");
  expect_wrong("H1,1\n\"H2,2\n", 2, "a quote is not closed");
  expect_wrong("H1,1\nH\xff,2\n", 2, "invalid UTF-8");
  std::string wide = "1";
  for (int i = 0; i < 65536; ++i) wide += ",1";
  const std::string path = scratch_.write("a.csv", wide + '\n');
  EXPECT_THROW(read_forecast_series(path), Error);
}

TEST_F(ForecastSeriesTest, ReadsOnAfterAFault) {
  std::vector<int64_t> lines;
  const auto keep = [&](const Error& error) { lines.push_back(error.place().line); };
  const std::string path = scratch_.write(
      "a.csv", "date,x,y\n2000,1,\n2001,z,2\nwhen,1,1\n2002,3\n2003,4,\n\"2004,1,1\n");
  EXPECT_EQ(shown(read_forecast_series(path, {}, keep)),
            (std::vector<std::string>{"x@2000:1,?,?,4", "y@2000:?,2,?,?"}));
  EXPECT_EQ(lines, (std::vector<int64_t>{3, 4, 5, 7}));
}

struct SharedCase {
  const char* file;
  ForecastLayout layout;
  size_t series, values;
  const char *start, *end;
  TimeStep step;
  ForecastOptions options = {};
};
const TimeStep day{.seconds = 86400}, week{.seconds = 604800}, month{.months = 1},
    quarter{.months = 3}, year{.months = 12};
const std::vector<SharedCase> shared_cases = {
    {"etth1/ETTh1.csv.gz",
     columns,
     7,
     17420,
     "2016-07-01 00:00:00",
     "2018-06-26 19:00:00",
     {.seconds = 3600}},
    {"exchange-rate/exchange_rate.txt.gz", columns, 8, 7588, "", "", {}},
    {"m4-hourly-weekly/Hourly-test.csv", rows, 414, 48, "", "", {}},
    {"timeseries/daily-min-temperatures.csv", columns, 1, 3652, "1981-01-01", "1990-12-31", day},
    {"timeseries/gdp_worldbank.csv",
     long_form,
     262,
     64,
     "1960",
     "2023",
     year,
     {.id = "Country Code"}},
    {"timeseries/longley.csv", columns, 7, 16, "", "", {}},
    {"timeseries/lynx.csv", columns, 1, 114, "1821", "1934", year},
    {"timeseries/monthly-shampoo-sales.csv", columns, 1, 36, "0001-01", "0003-12", month},
    {"timeseries/monthly-sunspots.csv", columns, 1, 2820, "1749-01", "1983-12", month},
    {"timeseries/seatbelts.csv", columns, 2, 192, "1969-01", "1984-12", month},
    {"timeseries/sm_co2.csv", columns, 1, 2284, "1958-03-29", "2001-12-29", week},
    {"timeseries/sm_elnino.csv", columns, 12, 61, "1950", "2010", year},
    {"timeseries/sm_sunspots.csv", columns, 1, 309, "1700", "2008", year},
    {"timeseries/uschange.csv", columns, 5, 187, "1970-Q1", "2016-Q3", quarter}};

TEST_F(ForecastSeriesTest, SharedData) {
  if (!std::filesystem::exists(corpus("timeseries"))) GTEST_SKIP() << "no shared data";
  for (const SharedCase& c : shared_cases) {
    const ForecastSet set = read_forecast_series(corpus(c.file).string(), c.options);
    EXPECT_EQ(set.layout, c.layout) << c.file;
    EXPECT_EQ(set.items.size(), c.series) << c.file;
    const bool gdp = c.layout == long_form;  // not every country has all years
    const ForecastSeries& one = *std::ranges::find_if(
        set.items, [&](const ForecastSeries& series) { return !gdp || series.id == "ESP"; });
    EXPECT_EQ(one.values.size(), c.values) << c.file;
    EXPECT_EQ(one.step, c.step) << c.file;
    if (!one.start) continue;
    const auto last = static_cast<int64_t>(one.values.size()) - 1;
    EXPECT_EQ(format_time(*one.start, one.step), c.start) << c.file;
    EXPECT_EQ(format_time(time_after(*one.start, one.step, last), one.step), c.end) << c.file;
  }
}

}  // namespace
}  // namespace cadena
