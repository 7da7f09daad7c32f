import { isSid, type Sid } from '@tutti/ids';
import { removeRecording } from '../../actions/remove-recording.ts';
import { orderRecording } from '../../actions/start-recording.ts';
import { changeRecording } from '../../actions/update-recording.ts';
import { refusal } from '../../base/app-error.ts';
import type { Recording } from '../../model/recording.ts';
import { findCall } from '../../store/calls.ts';
import type { Db } from '../../store/open-store.ts';
import { findRecording, listRecordings, listUnfinishedRecordings } from '../../store/recordings.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { oneOf, sid } from '../fields.ts';
import { form } from '../form.ts';
import type { ApiRequest } from '../api-request.ts';
import { operation, type Routes } from '../operation.ts';
import { pathNotFound } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { dayOf, looseSpan } from '../span.ts';
import { notCarried } from './fields.ts';
import { readRecording, recordingFields } from './recording-fields.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;
/** Stands for the recording under way. Twilio: voice/api/recording#update-a-call-recording */
const CURRENT = 'Twilio.CURRENT';

const dates = { DateCreated: looseSpan, 'DateCreated<': looseSpan, 'DateCreated>': looseSpan };
const softDeleted = notCarried('A deleted recording is gone at once.', 'false');
const ofCall = form({ ...dates, IncludeSoftDeleted: softDeleted });
const ofAccount = form({
  ...dates,
  CallSid: sid('CA'),
  ConferenceSid: notCarried('Conferences are not recorded.'),
  IncludeSoftDeleted: softDeleted,
});
const start = form(recordingFields);
const update = form({
  Status: oneOf(['in-progress', 'paused', 'stopped']),
  PauseBehavior: oneOf(['silence', 'skip']),
});

/** Of the account, and of each call. Twilio: voice/api/recording, voice/api/recording#create-a-recording-resource */
export function recordingRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const account = '/2010-04-01/Accounts/:AccountSid';
  const all = `${account}/Recordings`;
  const inCall = `${account}/Calls/:CallSid/Recordings`;

  const list = async (
    request: ApiRequest<typeof dates>,
    callSid: Sid<'CA'> | undefined,
  ): Promise<Json> => {
    const { values } = request;
    const wanted = request.page(PAGE_MAX);
    const filter = {
      callSid,
      createdFrom: (values['DateCreated>'] ?? dayOf(values.DateCreated))?.from,
      createdUntil: (values['DateCreated<'] ?? dayOf(values.DateCreated))?.until,
    };
    const page = await listRecordings(db, request.caller.account.sid, filter, wanted);
    const items = page.items.map((each) => renderRecording(each, request.base));
    return page2010('recordings', items, request, wanted, page);
  };

  operation(routes, {
    method: 'GET',
    path: all,
    parameters: ofAccount,
    handle: (request) => list(request, request.values.CallSid),
  });

  operation(routes, {
    method: 'GET',
    path: inCall,
    parameters: ofCall,
    handle: async (request) => list(request, (await callOf(db, request)).sid),
  });

  for (const path of [all, inCall]) {
    operation(routes, {
      method: 'GET',
      path: `${path}/:Sid`,
      handle: async (request) => renderRecording(await recordingOf(db, request), request.base),
    });

    operation(routes, {
      method: 'DELETE',
      path: `${path}/:Sid`,
      status: 204,
      handle: async (request) => {
        const recording = await recordingOf(db, request);
        await removeRecording(context, recording.sid);
      },
    });
  }

  operation(routes, {
    method: 'POST',
    path: inCall,
    parameters: start,
    status: 201,
    handle: async (request) => {
      const call = await callOf(db, request);
      const { values } = request;
      const where = { accountSid: call.accountSid, callSid: call.sid };
      const settings = readRecording(values, {
        source: 'StartCallRecordingAPI',
        trim: 'do-not-trim',
      });
      const recording = await orderRecording(context, where, settings);
      return renderRecording(recording, request.base);
    },
  });

  operation(routes, {
    method: 'POST',
    path: `${inCall}/:Sid`,
    parameters: update,
    handle: async (request) => {
      const { Status: status, PauseBehavior: pauseBehavior = 'silence' } = request.values;
      const recording = await recordingOf(db, request);
      if (status === undefined) throw refusal('missingParameter', { name: 'Status' });
      return renderRecording(
        await changeRecording(context, recording.sid, { status, pauseBehavior }),
        request.base,
      );
    },
  });
}

async function callOf(db: Db, request: ScopedRequest) {
  const key = request.path['CallSid'] ?? '';
  const call = isSid(key, 'CA') ? await findCall(db, key) : undefined;
  if (call === undefined || call.accountSid !== request.caller.account.sid) {
    throw pathNotFound(request, key, 'CA');
  }
  return call;
}

async function recordingOf(db: Db, request: ScopedRequest): Promise<Recording> {
  const key = request.path['Sid'] ?? '';
  const call = request.path['CallSid'] === undefined ? undefined : await callOf(db, request);
  if (key === CURRENT && call !== undefined) {
    const [current] = await listUnfinishedRecordings(db, call.sid);
    if (current !== undefined) return current;
    throw refusal('noRecordingOfCall', { sid: call.sid }, { resourceSid: call.sid });
  }
  const recording = isSid(key, 'RE') ? await findRecording(db, key) : undefined;
  if (
    recording?.accountSid !== request.caller.account.sid ||
    (call !== undefined && recording?.callSid !== call.sid)
  ) {
    throw pathNotFound(request, key, 'RE');
  }
  return recording;
}

/** Twilio: voice/api/recording#recording-properties */
function renderRecording(recording: Omit<Recording, 'seq'>, origin: string): Json {
  const { sid, accountSid, callSid, durationSec } = recording;
  const uri = uri2010(accountSid, `Recordings/${sid}`);
  const path = uri.replace(/\.json$/, '');
  return {
    sid,
    account_sid: accountSid,
    call_sid: callSid,
    conference_sid: null,
    status: recording.status,
    source: recording.source,
    channels: recording.channels,
    track: recording.track,
    duration: durationSec === null ? null : String(durationSec),
    start_time: rfc2822Date(recording.startTime),
    price: null,
    price_unit: 'USD',
    error_code: recording.errorCode,
    encryption_details: null,
    media_url: origin + path,
    api_version: API_VERSION,
    date_created: rfc2822Date(recording.dateCreated),
    date_updated: rfc2822Date(recording.dateUpdated),
    uri,
    subresource_uris: {
      add_on_results: `${path}/AddOnResults.json`,
      transcriptions: `${path}/Transcriptions.json`,
    },
  };
}
