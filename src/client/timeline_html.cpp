// The picture of a timeline: a bar for what each entry took since the one before, and a table that says the same in words.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/timeline.h"

namespace nacre {
namespace {

constexpr int width = 960, row_height = 24, labels = 150, times = 90;   // pixels

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ink: #1d1d1f; --paper: #fff; --line: #8a8a8e; --bar: #2f6fbb;
  --strong: #1f7a3d; --acceptable: #6b6b00; --legacy: #a85400; --broken: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #161618; --bar: #6aa5ef;
  --strong: #5fcf86; --acceptable: #d8d05a; --legacy: #ffac5f; --broken: #ff8a80; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
rect { fill: var(--bar); }
.grid { stroke: var(--line); stroke-opacity: .35; }
table { border-collapse: collapse; width: 100%; margin-top: 1.5rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td { overflow-wrap: anywhere; }
.strong { color: var(--strong); } .acceptable { color: var(--acceptable); }
.legacy { color: var(--legacy); } .broken { color: var(--broken); font-weight: 600; }
)";

std::string in_html(std::string_view text)
{
    std::string escaped;
    for (char c : text) {
        switch (c) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        default: escaped += c;
        }
    }
    return escaped;
}

double milliseconds(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

// 1, 2 or 5 times a power of ten, so that there are four to ten of them.
double step_of_grid(double total)
{
    double step = 0.001;
    constexpr std::array factors{2.0, 2.5, 2.0};
    for (std::size_t i = 0; total / step > 10; ++i)
        step *= factors[i % factors.size()];
    return step;
}

struct Bar {
    const TimelineEntry& entry;
    double from, to;                                              // ms
};

// What happened at one moment is one thing after another in words, but takes no bar of its own.
std::vector<Bar> bars_of(const Timeline& timeline)
{
    std::vector<Bar> bars;
    double before = 0;
    for (auto& entry : timeline.entries()) {
        double at = milliseconds(entry.at);
        if (at > before)
            bars.push_back({entry, before, at});
        before = std::max(before, at);
    }
    return bars;
}

std::string picture(const Timeline& timeline)
{
    auto bars = bars_of(timeline);
    double total = bars.empty() ? 1 : bars.back().to;
    auto height = static_cast<int>(bars.size() + 1) * row_height;
    double scale = (width - labels - times) / total;
    auto svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"picture-title picture-text\">\n"
                           "<title id=\"picture-title\">What took how long</title>\n"
                           "<desc id=\"picture-text\">Bars from left to right, {:.1f} milliseconds in all; the table below "
                           "says the same.</desc>\n",
                           width, height, total);
    double step = step_of_grid(total);
    for (double at = 0; at <= total; at += step) {
        double x = labels + at * scale;
        svg += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" y1=\"0\" x2=\"{0:.1f}\" y2=\"{1}\"/>"
                           "<text x=\"{0:.1f}\" y=\"{2}\" text-anchor=\"middle\">{3:g}</text>\n",
                           x, height - row_height, height - 7, at);
    }
    int y = 0;
    for (auto& bar : bars) {
        double x = labels + bar.from * scale;
        double long_enough_to_see = std::max((bar.to - bar.from) * scale, 1.5);
        svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", labels - 10, y + 16, in_html(bar.entry.what));
        svg += fmt::format("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" rx=\"2\"/>", x, y + 4,
                           long_enough_to_see, row_height - 8);
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\">{:.1f} ms</text>\n", x + long_enough_to_see + 6, y + 16,
                           bar.to - bar.from);
        y += row_height;
    }
    return svg + "</svg>\n";
}

std::string table(const Timeline& timeline)
{
    std::string html = "<table>\n<caption>Until each moment: time, waits for the other side, bytes</caption>\n"
                       "<thead><tr><th scope=\"col\" class=\"number\">ms</th><th scope=\"col\" class=\"number\">round trips</th>"
                       "<th scope=\"col\" class=\"number\">sent</th><th scope=\"col\" class=\"number\">received</th>"
                       "<th scope=\"col\">what</th><th scope=\"col\">how</th><th scope=\"col\">worth</th></tr></thead>\n<tbody>\n";
    for (auto& entry : timeline.entries()) {
        auto worth = entry.worth ? name_of(*entry.worth) : std::string_view{};
        html += fmt::format("<tr><td class=\"number\">{:.1f}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
                            "<td class=\"number\">{}</td><th scope=\"row\">{}</th><td>{}</td><td class=\"{}\">{}</td></tr>\n",
                            milliseconds(entry.at), entry.traffic.round_trips, entry.traffic.sent, entry.traffic.received,
                            in_html(entry.what), in_html(entry.detail), worth, worth);
    }
    return html + "</tbody>\n</table>\n";
}

} // namespace

std::string timeline_html(const Timeline& timeline)
{
    auto title = in_html(timeline.title());
    return fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                       "<title>Timeline of {}</title>\n<style>{}</style>\n</head>\n<body>\n<h1>Timeline of {}</h1>\n{}{}"
                       "</body>\n</html>\n",
                       title, style, title, picture(timeline), table(timeline));
}

} // namespace nacre
