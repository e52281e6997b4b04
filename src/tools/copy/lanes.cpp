#include "tools/copy/lanes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sftp/messages.h"
#include "sftp/names.h"

namespace nacre {

namespace {

constexpr std::uint64_t least_left = std::uint64_t{16} << 20;     // when all is ready: less is quickly done alone
constexpr std::uint64_t room_to_leave = std::uint64_t{64} << 20;  // on the server's disk, for others

std::string folder_of(const std::string& path)
{
    return path.contains('/') ? std::string{sftp::directory_of(path)} : std::string{"."};
}

} // namespace

bool Lanes::any(Lane::State state) const
{
    return std::ranges::any_of(lanes_, [&](auto& lane) { return lane->state() == state; });
}

bool Lanes::is_placing() const { return any(Lane::State::placing); }

bool Lanes::is_busy() const { return unanswered_ > 0 || is_placing(); }

std::uint64_t Lanes::ahead() const
{
    std::uint64_t bytes = 0;
    for (auto& lane : lanes_)
        bytes += lane->stored();
    return bytes;
}

void Lanes::add_to(std::vector<SftpLink::Waiting>& waiting)
{
    for (auto& lane : lanes_)
        if (lane->state() != Lane::State::over)
            waiting.push_back({.link = &lane->link(),
                               .take = [&lane](const auto& arrived) { lane->arrived(arrived, std::chrono::steady_clock::now()); },
                               .lost = [&lane](const Error& why) { lane->fail(why.what); }});
}

void Lanes::attend(sftp::Copier& copier, TimePoint now)
{
    options_ = copier.options();
    if (state_ == State::none)
        look_for_file(copier);
    if (state_ == State::none || state_ == State::given_up)
        return;
    auto file = copier.shared(job_);
    if (!file) {                                                  // what the server has begun, it ends
        if (!is_busy())
            leave();
        return;
    }
    for (auto& lane : lanes_)
        lane->advance(now);
    if (state_ == State::asking && unanswered_ == 0 && !any(Lane::State::starting))
        open(*file);
    look_at_pace(*file, now);
    if (state_ == State::opening && fills_window_ && !any(Lane::State::opening))
        begin(*file);
    if (state_ == State::sharing && any(Lane::State::over))
        return give_back(copier, *file);
    while (state_ == State::sharing && file && put_first_in_place(copier, *file))
        file = copier.shared(job_);
    if (state_ != State::sharing || !file || stopping_)
        return;
    hand_out(*file);
    for (auto& lane : lanes_)
        lane->advance(now);
}

// ---- whether it can be done --------------------------------------------------------------

// Whoever says how many requests there may be means all of them.
bool Lanes::is_worth_it() const
{
    return !options_.requests && link_.round_trip().value_or(Duration{0}) >= long_way &&
           link_.client().supports(sftp::extension::copy_data) && link_.client().supports(sftp::extension::statvfs);
}

void Lanes::look_at_pace(const sftp::Copier::SharedFile& file, TimePoint now)
{
    auto trip = *link_.round_trip();
    if (fills_window_ || now - seen_at_ < trip)
        return;
    auto moved = static_cast<double>(file.stored - seen_) * (std::chrono::duration<double>{trip} / (now - seen_at_));
    fills_window_ = moved >= static_cast<double>(full_window);
    seen_at_ = now;
    seen_ = file.stored;
}

void Lanes::look_for_file(sftp::Copier& copier)
{
    if (!is_worth_it())
        return;
    if (!started_ && copier.has_large_file(large))
        start();
    if (lanes_.empty())
        return;
    auto file = copier.share(large);
    if (!file)
        return;
    job_ = file->job;
    seen_at_ = std::chrono::steady_clock::now();
    seen_ = file->stored;
    fills_window_ = false;
    ask_about(*file);
}

void Lanes::start()
{
    started_ = true;
    while (lanes_.size() < SftpLink::most_lanes) {
        auto link = link_.start_lane();
        if (!link)
            link_.log().debug1("a further channel: {}", link.error().what);
        if (!link || !*link)
            break;
        lanes_.push_back(std::make_unique<Lane>(std::move(*link)));
    }
    if (lanes_.empty())
        go_on_alone("this connection gives no further channels");
}

template <class Request>
void Lanes::ask(Question question, Request request)
{
    ++unanswered_;
    sftp::Ticket ticket{.job = question, .step = sftp::Step::other, .length = sftp::most_data, .sent = {}};
    if (auto answer = request(link_.client(), ticket))
        answered(question, *answer);
}

// A name that cannot be removed again must not be made; that there is none is the answer that is hoped for.
void Lanes::ask_about(const sftp::Copier::SharedFile& file)
{
    state_ = State::asking;
    why_not_.clear();
    auto folder = folder_of(file.to);
    ask(measure, [&](auto& client, auto& ticket) { return client.look_at(ticket, file.sink_handle); });
    ask(measure_free, [&](auto& client, auto& ticket) { return client.file_system(ticket, folder); });
    ask(try_to_remove, [&](auto& client, auto& ticket) { return client.remove(ticket, Lane::unknown_name(folder)); });
}

void Lanes::told(const sftp::Client::Arrived& arrived)
{
    answered(static_cast<Question>(arrived.ticket.job), arrived.answer);
}

void Lanes::answered(Question question, const sftp::Answer& answer)
{
    --unanswered_;
    switch (question) {
    case measure:
        size_before_ = answer.attributes.size.value_or(0);
        if (!answer.done() || answer.attributes.kind() != sftp::FileKind::regular)
            why_not_ = "the target is no regular file";
        return;
    case measure_free:
        if (auto facts = answer.done() ? decode<sftp::extension::FileSystemFacts>(answer.data) : fail({}))
            free_ = facts->blocks_available * facts->fragment_size;
        else
            why_not_ = "it is not known how much room there is";
        return;
    case try_to_remove:
        if (answer.outcome != sftp::Outcome::no_such_file)
            why_not_ = "nothing can be removed there";
        return;
    }
}

void Lanes::open(const sftp::Copier::SharedFile& file)
{
    if (!why_not_.empty())
        return go_on_alone(why_not_);
    state_ = State::opening;
    for (auto& lane : lanes_)
        if (lane->state() == Lane::State::ready)
            lane->open(folder_of(file.to), file.to);
}

// Of a file that somebody has put in the place of ours meanwhile, the size is another one.
bool Lanes::is_ours(const Lane& lane, const sftp::Copier::SharedFile& file) const
{
    auto size = lane.size_seen();
    return size && *size >= size_before_ && *size <= std::max(size_before_, file.asked);
}

void Lanes::begin(const sftp::Copier::SharedFile& file)
{
    for (auto& lane : lanes_)
        if (lane->state() == Lane::State::idle && !is_ours(*lane, file))
            lane->fail("another file has come in the place of ours");
    forget_failed();                                              // a server may allow fewer than there were to be
    if (lanes_.empty())
        return go_on_alone("no further channel is of use");
    auto ways = lanes_.size() + 1;
    if (file.size - file.asked < least_left)
        return leave();
    parts_.emplace(file.asked, file.size, ways);
    if (free_ < file.size + parts_->part_size() * (ways - 1) + room_to_leave)
        return go_on_alone("there is little room on the server's disk");
    link_.log().debug1("{} further channels bring parts of \"{}\"", ways - 1, printable_line(file.to));
    state_ = State::sharing;
    ordinary_has_part_ = placing_ = copying_ = false;
    hand_out(file);
}

// ---- the parts ---------------------------------------------------------------------------

Lane* Lanes::lane_of(const Parts::Part& part) { return part.way == Parts::ordinary ? nullptr : lanes_[part.way - 1].get(); }

// The copy comes first: it begins with the part whose place is the next.
void Lanes::hand_out(const sftp::Copier::SharedFile& file)
{
    if (!ordinary_has_part_)
        ordinary_has_part_ = parts_->give(Parts::ordinary) != nullptr;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        if (lanes_[i]->state() != Lane::State::idle)
            continue;
        if (auto* part = parts_->give(i + 1))
            lanes_[i]->carry(file.source_handle, part->begin, part->end, options_.block_size);
    }
}

// True: there may be more to do at once.
bool Lanes::put_first_in_place(sftp::Copier& copier, const sftp::Copier::SharedFile& file)
{
    auto* part = parts_->first();
    if (!part)
        return false;
    auto* lane = lane_of(*part);
    bool is_in_place = lane ? placing_ && lane->state() == Lane::State::idle : file.asked >= part->end && file.is_quiet;
    if (!is_in_place) {
        if (!stopping_)
            bring_to_place(copier, file, *part);
        return false;
    }
    if (!lane)
        ordinary_has_part_ = false;
    placing_ = copying_ = false;
    link_.log().debug2("\"{}\" is there up to {}, by way {}", printable_line(file.to), part->end, part->way);
    parts_->first_is_in_place();
    if (lane)                                                     // at once: wherever the copy ends, it keeps them
        copier.go_on(job_, parts_->frontier(), parts_->frontier());
    return true;
}

void Lanes::bring_to_place(sftp::Copier& copier, const sftp::Copier::SharedFile& file, const Parts::Part& part)
{
    auto* lane = lane_of(part);
    if (!lane) {
        if (file.asked < part.end && !std::exchange(copying_, true))
            copier.go_on(job_, part.begin, part.end);
        return;
    }
    if (lane->state() != Lane::State::waiting || !file.is_quiet)
        return;
    lane->place(std::max(size_before_, part.begin));
    placing_ = lane->state() == Lane::State::placing;
}

// A lane has failed.  Whatever it was may happen to the others, and if the disk is full, it is their parts that fill it.
void Lanes::give_back(sftp::Copier& copier, const sftp::Copier::SharedFile& file)
{
    if (any(Lane::State::placing))                                // what the server has begun, it ends
        return;
    copier.go_on(job_, std::max(parts_->frontier(), file.asked), file.size);
    go_on_alone("one of them has failed");
}

void Lanes::go_on_alone(std::string_view why)
{
    link_.log().debug1("no further channels: {}", why);
    leave();
    state_ = State::given_up;
    dismiss();
}

void Lanes::leave()
{
    for (auto& lane : lanes_)
        lane->leave();
    forget_failed();
    parts_.reset();
    unanswered_ = 0;
    if (state_ != State::given_up)
        state_ = State::none;
}

void Lanes::forget_failed()
{
    std::erase_if(lanes_, [](auto& lane) { return lane->state() == Lane::State::over; });
}

void Lanes::stop() { stopping_ = true; }

// Channels beside it would hold a download back, and the server need not keep what nobody uses.
void Lanes::finish()
{
    leave();
    dismiss();
    started_ = stopping_ = false;
    state_ = State::none;
}

// All are told before the first is waited for.
void Lanes::dismiss()
{
    for (auto& lane : lanes_)
        lane->fail("not needed any more");
    lanes_.clear();
}

} // namespace nacre
