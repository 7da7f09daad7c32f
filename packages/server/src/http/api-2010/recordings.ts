import { isSid } from '@tutti/ids';
import { removeRecording } from '../../actions/remove-recording.ts';
import { orderRecording } from '../../actions/start-recording.ts';
import { changeRecording } from '../../actions/update-recording.ts';
import { refusal } from '../../base/app-error.ts';
import { isUnfinished, type Recording } from '../../model/recording.ts';
import { findCall } from '../../store/calls.ts';
import type { Db } from '../../store/open-store.ts';
import {
  findRecording,
  findRecordingEvenDeleted,
  listRecordings,
  listRecordingsOfConference,
  listUnfinishedRecordings,
  type RecordingFilter,
} from '../../store/recordings.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { boolean, oneOf, sid } from '../fields.ts';
import { form } from '../form.ts';
import type { ApiRequest } from '../api-request.ts';
import { operation, type Routes } from '../operation.ts';
import { pathNotFound } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { dayOf, looseSpan } from '../span.ts';
import { readRecording, recordingFields } from './recording-fields.ts';
import { conferenceOf } from './conferences.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;
/** Stands for the recording under way. Twilio: voice/api/recording#update-a-call-recording */
const CURRENT = 'Twilio.CURRENT';

const dates = { DateCreated: looseSpan, 'DateCreated<': looseSpan, 'DateCreated>': looseSpan };
const ofOne = form({ ...dates, IncludeSoftDeleted: boolean });
const ofAccount = form({
  ...dates,
  CallSid: sid('CA'),
  ConferenceSid: sid('CF'),
  IncludeSoftDeleted: boolean,
});
const one = form({ IncludeSoftDeleted: boolean });
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
  const inConference = `${account}/Conferences/:ConferenceSid/Recordings`;

  const list = async (
    request: ApiRequest<typeof dates & { readonly IncludeSoftDeleted: typeof boolean }>,
    of: Pick<RecordingFilter, 'callSid' | 'conferenceSid'>,
  ): Promise<Json> => {
    const { values } = request;
    const wanted = request.page(PAGE_MAX);
    const filter = {
      ...of,
      createdFrom: (values['DateCreated>'] ?? dayOf(values.DateCreated))?.from,
      createdUntil: (values['DateCreated<'] ?? dayOf(values.DateCreated))?.until,
      includeDeleted: values.IncludeSoftDeleted,
    };
    const page = await listRecordings(db, request.caller.account.sid, filter, wanted);
    const items = page.items.map((each) => renderRecording(each, request.base));
    return page2010('recordings', items, request, wanted, page);
  };

  operation(routes, {
    method: 'GET',
    path: all,
    parameters: ofAccount,
    handle: (request) => {
      const { CallSid: callSid, ConferenceSid: conferenceSid } = request.values;
      return list(request, { callSid, conferenceSid });
    },
  });

  operation(routes, {
    method: 'GET',
    path: inCall,
    parameters: ofOne,
    handle: async (request) => {
      const { sid: callSid } = await callOf(db, request);
      return list(request, { callSid, conferenceSid: null });
    },
  });

  operation(routes, {
    method: 'GET',
    path: inConference,
    parameters: ofOne,
    handle: async (request) => {
      const { sid: conferenceSid } = await conferenceOf(db, request, 'ConferenceSid');
      return list(request, { conferenceSid });
    },
  });

  for (const path of [all, inCall, inConference]) {
    operation(routes, {
      method: 'GET',
      path: `${path}/:Sid`,
      parameters: one,
      handle: async (request) => {
        const find =
          request.values.IncludeSoftDeleted === true ? findRecordingEvenDeleted : findRecording;
        return renderRecording(await recordingOf(db, request, find), request.base);
      },
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
    path: [`${inCall}/:Sid`, `${inConference}/:Sid`],
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

/** The recording that the path names, of the call or conference that it names. @throws RequestError sidNotFound */
async function recordingOf(
  db: Db,
  request: ScopedRequest,
  find = findRecording,
): Promise<Recording> {
  const key = request.path['Sid'] ?? '';
  const belongs = await placeOf(db, request);
  if (key === CURRENT && belongs !== undefined) {
    const [current] = (await belongs.all()).filter(isUnfinished);
    if (current !== undefined) return current;
    throw refusal('noRecordingUnderWay', { sid: belongs.sid }, { resourceSid: belongs.sid });
  }
  const recording = isSid(key, 'RE') ? await find(db, key) : undefined;
  if (recording?.accountSid !== request.caller.account.sid || belongs?.has(recording) === false) {
    throw pathNotFound(request, key, 'RE');
  }
  return recording;
}

/** Whose recordings the path is about; undefined: the account's. */
async function placeOf(db: Db, request: ScopedRequest) {
  if (request.path['CallSid'] !== undefined) {
    const { sid } = await callOf(db, request);
    return {
      sid,
      has: (recording: Recording) => recording.callSid === sid && recording.conferenceSid === null,
      all: () => listUnfinishedRecordings(db, sid),
    };
  }
  if (request.path['ConferenceSid'] === undefined) return undefined;
  const { sid } = await conferenceOf(db, request, 'ConferenceSid');
  return {
    sid,
    has: (recording: Recording) => recording.conferenceSid === sid,
    all: () => listRecordingsOfConference(db, sid),
  };
}

/** Twilio: voice/api/recording#recording-properties */
function renderRecording(recording: Omit<Recording, 'seq'>, origin: string): Json {
  const { sid, accountSid, callSid, conferenceSid, durationSec } = recording;
  const uri = uri2010(accountSid, `Recordings/${sid}`);
  const path = uri.replace(/\.json$/, '');
  return {
    sid,
    account_sid: accountSid,
    call_sid: callSid,
    conference_sid: conferenceSid,
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
