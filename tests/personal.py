"""Every column that holds text: whether it tells of people, and how it is emptied.

A new column fails `test_personal.py` until it is listed here. ``PERSON`` is emptied when a person
is erased; ``MEMBER`` when a member is; ``LATER`` goes by itself or by a retention rule, before it
does with whole rows of it; ``NOBODY`` tells of no person.
"""

PERSON = {
    "person.external_id",
    "person.given_name",
    "person.family_name",
    "person.phone",
    "person.email",
    "person.language",
    "person.merged_external_id",
    "person.name_key",
    "person.tags",
    "person.attributes",
    "building.access_note",
    "consent.wording",
    "contact_event.payload",
    "contact_event.review_reason",
    "do_not_contact.cleared_reason",
    "door.note",
    "event_conflict.payload",
    "import_change.before",
    "import_reject.reason",
    "import_reject.remedy",
    "import_run.failure",
    "import_run.preview",
    # What somebody raised, and what staff wrote of it.
    "case_change.reason",
    "case_note.text",
    "issue_case.reason",
    "issue_report.place",
    "issue_report.text",
    # What they said is wrong about all this: taken away whole.
    "correction.text",
    # Taken away whole.
    "person_match.moved",
    # Free words; what was chosen from a list is tallied, without the person.
    "survey_answer.value",
}
"""Emptied by `people.forgetting.forget_people`."""

GUEST = {
    "guest.email", "guest.language", "guest.name", "guest.new_email", "guest_consent.wording",
    # How it was, in their words: by a trigger, which also takes the name from where they came to.
    "event_feedback.change", "event_feedback.good",
    # What a guest answered: by a trigger; what was chosen from a list is tallied.
    "web_answer.value", "web_response.opinion_wording",
}  # fmt: skip
"""Emptied by `guests.service.erase`, and of the guests that a person is, with the person."""

PACKED = {"fact_column.content"}
"""Made of other columns; taken away with them, and packed anew without the person."""

MEMBER = {"device.name", "invite.email", "invite.name", "invite.phone", "member.email",
          "member.locale", "member.name", "member.phone",
          # Taken away by triggers of their own.
          "emergency_contact.name", "emergency_contact.phone", "signup.override_reason",
          "signup.rating", "signup.remark", "training_done.training", "volunteer.languages",
          "volunteer.skills", "volunteer.transport", "volunteer_availability.ends_at_time",
          "volunteer_availability.starts_at_time", "volunteer_availability.weekday",
          "volunteer_exception.ends_at_time", "volunteer_exception.starts_at_time",
          "volunteer_tie.kind", "buddy_pair.reason", "crew.facts", "proposed_crew.facts",
          "device_push.registration", "notification.facts", "notification.key",
          "notification_setting.locale", "notification_setting.quiet_from",
          "notification_setting.quiet_until", "notification_setting.time_zone",
          "share_link.label"}  # fmt: skip
"""Emptied by `accounts.service.erase_member`."""

LATER = {
    # The file as it was sent: gone after its import or a day.
    "import_file_part.content",
}

NOBODY = {
    # Places, not people.
    "address.city", "address.external_id", "address.house_number", "address.match_key",
    "address.postcode", "address.precinct", "address.street", "barrier.kind", "barrier.name",
    "barrier.shape", "door.attributes", "door.floor", "door.tags", "door.unit", "door.unit_key",
    "boundary.shape", "drawn_barrier.shape", "proposed_turf.polygon", "turf_before.polygon",
    "map_source.attribution", "map_source.file_name", "street_edge.highway", "street_edge.name",
    "street_edge.shape", "tallied_door.precinct", "turf.polygon",
    # What an organization calls its own things, and says.
    # Said in public: words that name somebody on the lists are refused.
    "commitment.occasion", "commitment.slug", "commitment.text", "commitment.title",
    "commitment_update.changed", "commitment_update.evidence", "commitment_update.reason",
    "decision.choice", "decision.consulted", "decision.evidence", "decision.options",
    "decision.question", "decision.reasons", "decision.slug", "issue_topic.name",
    "hook.kinds", "hook.url",
    "boundary.layer", "boundary.name", "drawn_barrier.name", "proposed_turf.name",
    "turf_before.name", "turf_cut.wanted", "walk_sheet.turf_name",
    "attribute.basis", "attribute.key", "attribute.label", "campaign.name",
    "consent_wording.language", "consent_wording.text", "import_file.file_name",
    "import_mapping.columns", "import_mapping.mapping", "import_mapping.name",
    "import_run.file_name", "import_run.mapping", "organization.name", "organization.slug",
    "organization.time_zone", "pass.holdout_seed", "pass.name", "script.name",
    "script_version.introduction", "script_version.language", "script_version.questions",
    "script_version.translations", "turf.name", "universe.expression", "universe.name",
    # Rounds and what members propose in them; ballots, whose voters are hashed until the count.
    "budget_round.country", "budget_round.currency", "budget_round.result", "budget_round.slug",
    "budget_round.text", "budget_round.title", "budget_step.reason", "ballot.choices",
    # What guests propose is taken back by a trigger where nobody has looked at it yet.
    "proposal.place", "proposal.reason", "proposal.text", "proposal.title",
    # Shared and posted for everybody; codes and the services of an organization.
    "post.text", "post_delivery.error", "post_delivery.state", "post_target.label",
    "post_target.sealed", "post_target.shown", "share_conversion.what", "share_link.code",
    "share_link.kind",
    "budget_round.ballot_kind", "budget_round.rule", "budget_round.status",
    "budget_step.status_after", "budget_step.status_before",
    "ballot.receipt_hash", "ballot.voter_hash", "budget_round.voter_key", "voter_code.code_hash",
    # Words of the program's own.
    "case_change.kind", "case_change.status_after", "case_change.status_before",
    "case_notice.channel", "case_notice.state", "case_notice.why", "case_telling.suppressed",
    "commitment.source", "commitment.status", "commitment_update.kind",
    "commitment_update.status_after", "commitment_update.status_before", "issue_case.outcome",
    "issue_case.status", "issue_report.source", "issue_topic.owner_role",
    "assignment.ended_reason", "attribute.kind", "audit_entry.action", "campaign.status",
    "consent.basis", "consent.captured_how", "consent.channel", "consent.purpose",
    "consent.withdrawn_how", "consent_wording.purpose", "contact_event.kind",
    "contact_event.status", "device.revoked_reason", "door_state.last_result",
    "door_state.status", "fact_column.name", "fact_stale.kind", "import_change.kind",
    "import_reject.field", "import_run.kind", "import_run.state", "invite.roles", "member.roles",
    "person_match.kind", "person_match.reasons", "person_match.status",
    "retention_rule.kind", "scope_change.kind", "suppression.kind", "suppression.reason",
    "suppression.scope", "survey_answer.question_key", "tallied_attempt.precinct",
    "tallied_attempt.result",
    "tallied_door.last_result", "tallied_stint.key", "tallied_stint.of", "tally.key", "tally.of",
    "tombstone.kind", "turf.status", "turf_before.status", "turf_cut.failure", "turf_cut.found",
    "campaign_pace.kind", "campaign_pace.measured", "campaign_pace.own", "campaign_pace.turfs",
    "turf_cut.kind", "turf_cut.stage", "turf_cut.state", "turf_step.kind",
    "walk_sheet.code",
    # Written by organizers for members.
    "broadcast.text", "broadcast.title",
    # Written by organizers for many: what is personal is put in when a letter is sent.
    "letter_template.name", "letter_template_version.texts", "mailing.left_out",
    "mailing.purpose", "mailing.segment", "mailing.sender", "mailing.title",
    # Ids and words of the program's own.
    "broadcast.roles", "delivery.channel", "delivery.error", "delivery.state",
    "device_push.kind", "device_push.platform", "notification.dropped", "notification.kind",
    "notification_choice.channel", "notification_choice.kind",
    "hook.off_reason", "hook_delivery.data", "hook_delivery.error", "hook_delivery.kind",
    "hook_delivery.state",
    "event_conflict.status", "event_decision.kind", "event_decision_item.status_before",
    "feed.kind", "feed_pending.kind", "sync_refusal.record_id",
    # What there is to learn, and why two go together no more.
    "buddy_pair.ended_why", "training_step.kind", "training_step.title", "training_step.training",
    "training_step.url", "training_track.name", "training_track.role",
    # Crews, by ids and figures.
    "crew_proposal.failure", "crew_proposal.found", "crew_proposal.state",
    "crew_proposal.wanted", "crew_rule.kind",
    # Shifts, and where sign-ups for them stand.
    "civic_event.briefing_url", "civic_event.cancelled_reason", "civic_event.kind",
    "civic_event.slug", "civic_event.status", "civic_event.summary", "civic_event.time_zone",
    "civic_event.title", "civic_event.topic", "place.address", "place.name",
    "place.staging_note", "shift.cancelled_reason", "shift.occurrence_local", "shift.status",
    "shift_role.role", "shift_series.except_on", "shift_series.rule",
    "shift_series.starts_local", "signup.check_in_how", "signup.role", "signup.state",
    "signup_change.state_after", "signup_change.state_before", "calendar_feed.token_hash",
    # Events for the public: said to everybody, where words that name somebody are refused.
    "public_event.agenda", "public_event.notes", "public_event.outcome", "public_event.spoke",
    "office_slot.with_whom",
    # Surveys and statements, in the words of the organization or as it let them show.
    "case_publication.place", "case_publication.slug", "case_publication.summary",
    "statement.status", "statement.text", "statement_topic.question", "statement_topic.slug",
    "statement_topic.text", "web_survey.languages", "web_survey.slug", "web_survey.thanks",
    "web_survey.title",
    # Sittings and votes by ids and numbers; who sat is an id, taken away with the answers.
    "statement_vote.vote", "web_answer.question_key", "web_answer_tally.question_key",
    "web_answer_tally.source", "web_answer_tally.value", "web_response.language",
    "web_response.payload_hash", "web_response.source",
    # Letters hold no words and no address: ids, states and counts.
    "letter.facts", "letter.key", "letter.kind", "letter.purpose", "letter.state", "letter.why",
    "guest.source", "guest_consent.purpose", "bouncing_address.hash",
    # Who comes, by ids and states.
    "attendance.check_in_how", "attendance.seats", "attendance.source", "attendance.state",
    "event_feedback.rating", "stall_contact.minutes", "stall_contact.payload_hash",
    "stall_contact.result",
    # Counts that nobody can be told from.
    "answer_tally.question_key", "answer_tally.value",
    # Hashes: of secrets, of sealed entries, under a key that is not in the database, and of
    # events, by which a phone is told that what it sends again is known.
    "audit_entry.hash", "audit_entry.previous_hash", "contact_event.payload_hash",
    "issue_report.payload_hash",
    "event_conflict.payload_hash", "handover.code_hash", "invite.token_hash",
    "refresh_token.token_hash", "refresh_token.used_nonce", "sign_in_code.code_hash",
    "sign_in_code.used_nonce", "suppression.hash",
}  # fmt: skip

ALL = (PERSON, GUEST, PACKED, MEMBER, LATER, NOBODY)
