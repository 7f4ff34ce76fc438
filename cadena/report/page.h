// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cadena/report/chart.h"

namespace cadena {

/// A page of HTML in one file, which asks for nothing from outside (its own policy forbids it), for
/// wide and narrow, light and dark, screen and paper. Line charts tell the values under the pointer
/// and zoom in on what is dragged over; all else works without script. Text of any kind is safe.
///     Page page("A run");
///     page.paragraph("What came of it.");
///     page.figure(LineChart{...}, "Loss by epoch.");
///     write_file_atomically("report.html", page.html(), true);
class Page {
 public:
  using Row = std::vector<std::string>;

  /// `language`: of the text, as BCP 47 names it.
  explicit Page(std::string_view title, std::string_view language = "en");

  void heading(std::string_view text);     ///< with an entry in the list of contents
  void subheading(std::string_view text);  ///< within a heading
  void paragraph(std::string_view text);
  void list(const std::vector<std::string>& items);
  void code(std::string_view text);

  /// Columns of numbers stand at the right. Rows may be shorter than the header.
  void table(const Row& header, const std::vector<Row>& rows);

  /// A picture, what it shows, and its numbers as a table to unfold.
  void figure(const LineChart& chart, std::string_view caption);
  void figure(const HeatMap& chart, std::string_view caption);
  void figure(const BarChart& chart, std::string_view caption);
  /// A picture that was drawn elsewhere. It must be well-formed and come from a source to trust.
  void figure(std::string_view svg, std::string_view caption);

  /// Folded away until asked for: what `content` adds to this page.
  void details(std::string_view summary, const std::function<void()>& content);

  /// HTML as it is, for what the others cannot; escape() of text.h for text in it.
  void markup(std::string_view html);

  std::string html() const;

 private:
  std::string title_, language_, body_, contents_;
  int headings_ = 0;
  bool has_lines_ = false;  // and so a script
};

}  // namespace cadena
