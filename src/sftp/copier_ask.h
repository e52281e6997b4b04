// Copier's one way to ask a site for something.  Only for copier*.cpp.
#pragma once

#include "sftp/copier.h"

namespace nacre::sftp {

// An answer that is known at once is dealt with at once; settle() is left to whoever began.
template <class Request>
void Copier::ask(Site& site, std::uint32_t id, Ticket ticket, Request request)
{
    ++jobs_[id].unanswered;
    ++under_way_;
    if (auto answer = request(site, ticket))
        dispatch(site, ticket, *answer);
    else if (ticket.step == Step::read || ticket.step == Step::write)
        ++requests_;
}

template <class Request>
void Copier::ask(Site& site, std::uint32_t id, Step step, Request request)
{
    ask(site, id, Ticket{.job = id, .step = step, .sent = now_}, request);
}

// One after the other for each job.
template <class Request>
void Copier::ask_to_open(Site& site, Handles& handles, std::uint32_t id, Step step, Request request)
{
    jobs_[id].attempt = {&handles, handles.asked, handles.opened, handles.held};
    ++handles.asked;
    ++handles.unanswered;
    ask(site, id, step, request);
}

} // namespace nacre::sftp
