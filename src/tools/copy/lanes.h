// Uploads of large files by several channels at once, where the way is long and the server's windows do not grow.
//
// A server of OpenSSH takes 2 MiB a round trip through one channel, whatever the line.  The copy itself goes on as always
// (sftp/copier); of a large file it is spared parts, which lanes bring.  A part is put into its place only when all that
// comes before it is there, so what lies under the file's name is a true beginning of the whole at any moment.  Whatever
// does not work with the lanes the copy does by itself, and nobody hears of it but a debugging log.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sftp/copier.h"
#include "tools/copy/lane.h"
#include "tools/copy/parts.h"
#include "tools/copy/sftp_link.h"

namespace nacre {

class Lanes {
public:
    explicit Lanes(SftpLink& link) : link_(link) {}               // the ordinary way; it must live longer
    ~Lanes() { dismiss(); }
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    // In each turn of whoever drives `copier`, before its own.
    void attend(sftp::Copier& copier, TimePoint now);
    void stop();                                                  // nothing more is begun to be put into its place
    void finish();                                                // the copy is over: the connection is to be alone again
    void told(const sftp::Client::Arrived& arrived);              // an answer on the ordinary link to what we asked there
    void add_to(std::vector<SftpLink::Waiting>& waiting);         // those who wait for something
    bool is_placing() const;                                      // the server copies a part to its place
    bool is_busy() const;                                         // the server works on something that should come to its end
    std::uint64_t ahead() const;                                  // bytes that are stored and not in their place yet

    static constexpr std::uint64_t large = std::uint64_t{32} << 20;   // from here on a file is worth it
    static constexpr auto long_way = std::chrono::milliseconds{5};    // and from here on a round trip
    // In which at least so much moves through one channel: else the line is the limit, not the server's window, and what
    // waits for its place would only be lost if the connection broke.
    static constexpr std::uint64_t full_window = std::uint64_t{1} << 20;

private:
    enum class State {
        none,                                                     // no file
        asking, opening,                                          // whether and how it can be done
        sharing,
        given_up,                                                 // for this copy
    };
    // What is asked on the ordinary link; a ticket's job.
    enum Question : std::uint32_t { measure, measure_free, try_to_remove };

    bool is_worth_it() const;
    void look_at_pace(const sftp::Copier::SharedFile& file, TimePoint now);
    void look_for_file(sftp::Copier& copier);
    void start();
    template <class Request>
    void ask(Question question, Request request);
    void answered(Question question, const sftp::Answer& answer);
    void ask_about(const sftp::Copier::SharedFile& file);
    void open(const sftp::Copier::SharedFile& file);
    bool is_ours(const Lane& lane, const sftp::Copier::SharedFile& file) const;
    void begin(const sftp::Copier::SharedFile& file);
    void hand_out(const sftp::Copier::SharedFile& file);
    bool put_first_in_place(sftp::Copier& copier, const sftp::Copier::SharedFile& file);
    void bring_to_place(sftp::Copier& copier, const sftp::Copier::SharedFile& file, const Parts::Part& part);
    Lane* lane_of(const Parts::Part& part);
    bool any(Lane::State state) const;
    void give_back(sftp::Copier& copier, const sftp::Copier::SharedFile& file);
    void go_on_alone(std::string_view why);
    void leave();                                                 // the file
    void forget_failed();
    void dismiss();

    SftpLink& link_;
    State state_ = State::none;
    bool started_ = false;
    bool stopping_ = false;
    std::vector<std::unique_ptr<Lane>> lanes_;
    sftp::CopyOptions options_{};

    // the file
    std::uint32_t job_ = 0;
    unsigned unanswered_ = 0;                                     // questions on the ordinary link
    std::string why_not_{};                                       // what their answers say against it
    std::uint64_t size_before_ = 0, free_ = 0;
    bool fills_window_ = false;                                   // one channel does
    TimePoint seen_at_{};                                         // when the copy had stored so much
    std::uint64_t seen_ = 0;
    std::optional<Parts> parts_;
    bool ordinary_has_part_ = false;                              // given to the copy itself
    bool placing_ = false, copying_ = false;                      // the first part: by its lane, by the copy itself
};

} // namespace nacre
