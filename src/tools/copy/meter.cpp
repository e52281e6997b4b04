#include "tools/copy/meter.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "os/print.h"
#include "os/terminal.h"
#include "sftp/names.h"

namespace nacre {

namespace {

constexpr auto interval = std::chrono::milliseconds{500};
constexpr std::array<std::string_view, 7> units{"B", "KB", "MB", "GB", "TB", "PB", "EB"};

std::size_t terminal_width()
{
    winsize size{};
    if (::ioctl(1, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return std::clamp<std::size_t>(size.ws_col, 20, 512);
}

// As wide as it shows: a UTF-8 character is one column here.  Cut with regard to them.
std::string fitted(std::string text, std::size_t width)
{
    std::size_t columns = 0, end = 0;
    for (; end < text.size(); ++end) {
        if ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
            continue;
        if (columns == width)
            break;
        ++columns;
    }
    text.resize(end);
    return text.append(width - columns, ' ');
}

double seconds(Duration span) { return std::chrono::duration<double>{span}.count(); }

unsigned percent(std::uint64_t done, std::uint64_t all)
{
    return all == 0 ? 100 : static_cast<unsigned>(100.0 * static_cast<double>(std::min(done, all)) / static_cast<double>(all));
}

} // namespace

std::string scaled(std::uint64_t bytes)
{
    std::size_t unit = 0;
    auto value = static_cast<double>(bytes);
    while (value >= 10000 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.0f}{}", value, units[unit]);
}

std::string scaled_rate(double bytes_per_second)
{
    std::size_t unit = 1;
    auto value = bytes_per_second / 1024;
    while (value >= 1000 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.1f}{}/s", value, units[unit]);
}

std::string clock_time(Seconds span)
{
    auto all = std::max<std::int64_t>(span.count(), 0);
    if (all >= 3600)
        return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
    return fmt::format("{:02}:{:02}", all / 60, all % 60);
}

bool Meter::may_draw() const
{
    return wanted_ && is_terminal(1) && ::tcgetpgrp(1) == ::getpgrp();
}

bool Meter::is_due(TimePoint now) const { return !drawn_at_ || now - *drawn_at_ >= interval; }

void Meter::show_now(const State& state, TimePoint now)
{
    if (!drawn_at_) {                                             // a moment later there is a rate to show
        measured_at_ = drawn_at_.emplace(now);
        measured_bytes_ = state.totals.bytes_done;
        return;
    }
    drawn_at_ = now;
    if (may_draw())
        draw(line(state, now));
}

std::string Meter::line(const State& state, TimePoint now)
{
    auto& [totals, current] = state;
    if (now > measured_at_) {
        auto lately = static_cast<double>(totals.bytes_done - measured_bytes_) / seconds(now - measured_at_);
        rate_ = rate_ == 0 ? lately : 0.7 * rate_ + 0.3 * lately;
        measured_at_ = now;
        measured_bytes_ = totals.bytes_done;
    }
    auto left = totals.bytes - std::min(totals.bytes, totals.bytes_done);
    std::string eta{"--:--"};
    if (rate_ >= 1)
        eta = clock_time(Seconds{static_cast<std::int64_t>(std::min(static_cast<double>(left) / rate_, 1e8))});
    std::string numbers;
    if (totals.files > 1)                                         // the tree; "+": there is more than we know of yet
        numbers = fmt::format("{}/{}{} files {:>3}% of {}{}", totals.files_done, totals.files, totals.all_met ? "" : "+",
                              percent(totals.bytes_done, totals.bytes), scaled(totals.bytes), totals.all_met ? "" : "+");
    else
        numbers = fmt::format("{:>3}% {:>6}", percent(totals.bytes_done, totals.bytes), scaled(totals.bytes_done));
    numbers += fmt::format(" {:>10} {:>8} ETA", scaled_rate(rate_), eta);
    auto width = terminal_width() - 1;
    auto name = current ? for_people(printable_line(sftp::last_component(current->path))) : std::string{};
    auto room = width > numbers.size() + 1 ? width - numbers.size() - 1 : 0;
    return fitted(std::move(name), room) + ' ' + numbers;
}

void Meter::finished(const sftp::CopyNews& news)
{
    if (!may_draw())
        return;
    auto took = std::max(seconds(news.took), 1e-6);
    auto numbers = fmt::format("100% {:>6} {:>10} {:>8}    ", scaled(news.size),
                               scaled_rate(static_cast<double>(news.size) / took),
                               clock_time(std::chrono::duration_cast<Seconds>(news.took)));
    auto width = terminal_width() - 1;
    auto room = width > numbers.size() + 1 ? width - numbers.size() - 1 : 0;
    draw(fitted(for_people(printable_line(sftp::last_component(news.path))), room) + ' ' + numbers);
    write_text(stdout, "\n");
    flush_text(stdout);
    drawn_ = false;
}

void Meter::clear()
{
    if (drawn_)
        draw(std::string(terminal_width() - 1, ' '));
    if (std::exchange(drawn_, false)) {
        write_text(stdout, "\r");
        flush_text(stdout);
    }
}

void Meter::draw(std::string text)
{
    say("\r{}", fitted(std::move(text), terminal_width() - 1));
    flush_text(stdout);
    drawn_ = true;
}

} // namespace nacre
