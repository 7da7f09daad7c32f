import { isSid } from '@tutti/ids';
import { removeTranscription } from '../../actions/remove-transcription.ts';
import type { Transcription } from '../../model/transcription.ts';
import type { Db } from '../../store/open-store.ts';
import { findRecording } from '../../store/recordings.ts';
import { findTranscription, listTranscriptions } from '../../store/transcriptions.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { page2010, rfc2822Date, type Json } from '../render.ts';
import { API_VERSION, uri2010 } from './uri.ts';

const PAGE_MAX = 1000;
/** The words alone. Twilio: voice/api/recording-transcription#fetch-a-transcription-resource */
const TEXT_SUFFIX = '.txt';

/** Of the account, and of each recording. Twilio: voice/api/recording-transcription */
export function transcriptionRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const account = '/2010-04-01/Accounts/:AccountSid';
  const all = `${account}/Transcriptions`;
  const ofRecording = `${account}/Recordings/:RecordingSid/Transcriptions`;

  for (const path of [all, ofRecording]) {
    operation(routes, {
      method: 'GET',
      path,
      handle: async (request) => {
        const key = request.path['RecordingSid'];
        const recordingSid = key === undefined ? undefined : await recordingOf(db, request, key);
        const wanted = request.page(PAGE_MAX);
        const page = await listTranscriptions(db, request.caller.account.sid, recordingSid, wanted);
        const items = page.items.map(renderTranscription);
        return page2010('transcriptions', items, request, wanted, page);
      },
    });

    operation(routes, {
      method: 'GET',
      path: `${path}/:Sid`,
      handle: async (request) => {
        const key = request.path['Sid'] ?? '';
        if (!key.endsWith(TEXT_SUFFIX)) {
          return renderTranscription(await transcriptionOf(db, request, key));
        }
        const { text } = await transcriptionOf(db, request, key.slice(0, -TEXT_SUFFIX.length));
        return text ?? '';
      },
    });

    operation(routes, {
      method: 'DELETE',
      path: `${path}/:Sid`,
      status: 204,
      handle: async (request) => {
        const { sid } = await transcriptionOf(db, request, request.path['Sid'] ?? '');
        await removeTranscription(context, sid);
      },
    });
  }
}

async function recordingOf(db: Db, request: ScopedRequest, key: string) {
  const recording = isSid(key, 'RE') ? await findRecording(db, key) : undefined;
  const own = recording?.accountSid === request.caller.account.sid ? recording : undefined;
  return found(own, request, key, 'RE').sid;
}

/** The transcription that the path names, of the recording that it names. @throws RequestError sidNotFound */
async function transcriptionOf(
  db: Db,
  request: ScopedRequest,
  key: string,
): Promise<Transcription> {
  const recordingSid = request.path['RecordingSid'];
  const transcription = isSid(key, 'TR') ? await findTranscription(db, key) : undefined;
  const isOwn =
    transcription?.accountSid === request.caller.account.sid &&
    (recordingSid === undefined || transcription.recordingSid === recordingSid);
  return found(isOwn ? transcription : undefined, request, key, 'TR');
}

/** Twilio: voice/api/recording-transcription#transcription-properties; the last two are ours. */
function renderTranscription(transcription: Transcription): Json {
  const { sid, accountSid, recordingSid, status, text } = transcription;
  return {
    sid,
    account_sid: accountSid,
    recording_sid: recordingSid,
    status,
    type: 'fast',
    transcription_text: text,
    duration: String(transcription.durationSec),
    price: null,
    price_unit: 'USD',
    api_version: API_VERSION,
    date_created: rfc2822Date(transcription.dateCreated),
    date_updated: rfc2822Date(transcription.dateUpdated),
    uri: uri2010(accountSid, `Transcriptions/${sid}`),
    error_code: transcription.errorCode,
    error_message: transcription.errorMessage,
  };
}
