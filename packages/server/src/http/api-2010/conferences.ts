import { isSid } from '@tutti/ids';
import { changeConference } from '../../actions/update-conference.ts';
import { conferenceStatuses, type Conference } from '../../model/conference.ts';
import { findConference, listConferences } from '../../store/conferences.ts';
import type { Db } from '../../store/open-store.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { method, oneOf, text, url } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { pathNotFound } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { span } from '../span.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;

const update = form({
  Status: oneOf(['completed']),
  AnnounceUrl: url('invalidUrl'),
  AnnounceMethod: method('invalidMethod'),
});

const filters = form({
  DateCreated: span,
  'DateCreated<': span,
  'DateCreated>': span,
  DateUpdated: span,
  'DateUpdated<': span,
  'DateUpdated>': span,
  FriendlyName: text(),
  Status: oneOf(conferenceStatuses),
});

/** Twilio: voice/api/conference-resource */
export function conferenceRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const collection = '/2010-04-01/Accounts/:AccountSid/Conferences';
  const item = `${collection}/:Sid`;

  operation(routes, {
    method: 'GET',
    path: collection,
    parameters: filters,
    handle: async (request) => {
      const { values } = request;
      const wanted = request.page(PAGE_MAX);
      const page = await listConferences(
        db,
        request.caller.account.sid,
        {
          friendlyName: values.FriendlyName,
          status: values.Status,
          createdFrom: (values['DateCreated>'] ?? values.DateCreated)?.from,
          createdUntil: (values['DateCreated<'] ?? values.DateCreated)?.until,
          updatedFrom: (values['DateUpdated>'] ?? values.DateUpdated)?.from,
          updatedUntil: (values['DateUpdated<'] ?? values.DateUpdated)?.until,
        },
        wanted,
      );
      return page2010('conferences', page.items.map(renderConference), request, wanted, page);
    },
  });

  operation(routes, {
    method: 'GET',
    path: item,
    handle: async (request) => renderConference(await conferenceOf(db, request, 'Sid')),
  });

  operation(routes, {
    method: 'POST',
    path: item,
    parameters: update,
    handle: async (request) => {
      const conference = await conferenceOf(db, request, 'Sid');
      const { Status: status, AnnounceUrl, AnnounceMethod: announceMethod } = request.values;
      const announceUrl = AnnounceUrl === '' ? undefined : AnnounceUrl;
      const change = { status, announceUrl, announceMethod };
      return renderConference(await changeConference(context, conference, change));
    },
  });
}

/** The conference that the path names. @throws RequestError sidNotFound */
export async function conferenceOf(
  db: Db,
  request: ScopedRequest,
  segment: 'Sid' | 'ConferenceSid',
): Promise<Conference> {
  const key = request.path[segment] ?? '';
  const conference = isSid(key, 'CF')
    ? await findConference(db, request.caller.account.sid, key)
    : undefined;
  if (conference === undefined) throw pathNotFound(request, key, 'CF');
  return conference;
}

/** Twilio: voice/api/conference-resource#conference-properties */
function renderConference(conference: Conference): Json {
  const { accountSid, sid } = conference;
  const path = `Conferences/${sid}`;
  return {
    sid,
    account_sid: accountSid,
    friendly_name: conference.friendlyName,
    status: conference.status,
    // There is one place only; the name is that of Twilio's default.
    region: 'us1',
    reason_conference_ended: conference.reasonConferenceEnded,
    call_sid_ending_conference: conference.callSidEndingConference,
    api_version: API_VERSION,
    date_created: rfc2822Date(conference.dateCreated),
    date_updated: rfc2822Date(conference.dateUpdated),
    uri: uri2010(accountSid, path),
    subresource_uris: {
      participants: uri2010(accountSid, `${path}/Participants`),
      recordings: uri2010(accountSid, `${path}/Recordings`),
    },
  };
}
