import { isSid } from '@tutti/ids';
import {
  orderLiveTranscription,
  orderStopOfTranscription,
} from '../../actions/start-live-transcription.ts';
import { alertNamed, raiseAlerts } from '../../actions/raise-alert.ts';
import { refusal } from '../../base/app-error.ts';
import { transcribedTracks, type LiveTranscription } from '../../model/live-transcription.ts';
import { findCall } from '../../store/calls.ts';
import {
  findLiveTranscription,
  listOpenLiveTranscriptions,
} from '../../store/live-transcriptions.ts';
import type { Db } from '../../store/open-store.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { boolean, languageTag, method, oneOf, text, url } from '../fields.ts';
import { form } from '../form.ts';
import { orNull } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { rfc2822Date, type Json } from '../render.ts';
import { notCarried } from './fields.ts';
import { uri2010 } from './uri.ts';

const notStored = notCarried('Words are told to StatusCallbackUrl alone.');

const start = form({
  Name: text(64),
  Track: oneOf(transcribedTracks),
  StatusCallbackUrl: url('invalidUrl'),
  StatusCallbackMethod: method('invalidMethod'),
  InboundTrackLabel: text(),
  OutboundTrackLabel: text(),
  PartialResults: boolean,
  LanguageCode: languageTag,
  Hints: text(),
  TranscriptionEngine: text(),
  SpeechModel: text(),
  ProfanityFilter: text(),
  EnableAutomaticPunctuation: text(),
  EnableProviderData: text(),
  IntelligenceService: notStored,
  ConversationConfiguration: notStored,
  ConversationId: notStored,
  TranscriptionConfigurationId: notCarried('There are no such configurations: say here how.'),
});
const ofOtherEngines = [
  'TranscriptionEngine',
  'SpeechModel',
  'ProfanityFilter',
  'EnableAutomaticPunctuation',
  'EnableProviderData',
] as const;
const update = form({ Status: oneOf(['stopped']) });

/** Of a call under way, told while words are said. Twilio: voice/api/realtime-transcription-resource */
export function callTranscriptionRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const inCall = '/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Transcriptions';

  operation(routes, {
    method: 'POST',
    path: inCall,
    parameters: start,
    handle: async (request) => {
      const call = await callOf(db, request);
      const { values } = request;
      const where = { accountSid: call.accountSid, callSid: call.sid };
      const transcription = await orderLiveTranscription(context, where, {
        name: orNull(values.Name),
        track: values.Track ?? 'both_tracks',
        languageCode: values.LanguageCode || 'en-US',
        partialResults: values.PartialResults ?? false,
        hints: orNull(values.Hints),
        inboundTrackLabel: orNull(values.InboundTrackLabel),
        outboundTrackLabel: orNull(values.OutboundTrackLabel),
        statusCallback: orNull(values.StatusCallbackUrl),
        statusCallbackMethod: values.StatusCallbackMethod ?? 'POST',
      });
      const ignored = ofOtherEngines.filter((name) => orNull(values[name]) !== null);
      if (ignored.length > 0) {
        const problem =
          'It is of engines of Twilio; this server has one, which takes no such setting.';
        await raiseAlerts(
          context,
          { accountSid: call.accountSid, resourceSid: call.sid },
          ignored.map((name) => alertNamed('parameterWithoutEffect', { name, problem })),
        );
      }
      return render(transcription);
    },
  });

  operation(routes, {
    method: 'POST',
    path: `${inCall}/:Sid`,
    parameters: update,
    handle: async (request) => {
      const transcription = await transcriptionOf(db, request);
      if (request.values.Status === undefined) {
        throw refusal('missingParameter', { name: 'Status' });
      }
      await orderStopOfTranscription(context, transcription.sid);
      return render({ ...transcription, status: 'stopped' });
    },
  });
}

async function callOf(db: Db, request: ScopedRequest) {
  const key = request.path['CallSid'] ?? '';
  const call = isSid(key, 'CA') ? await findCall(db, key) : undefined;
  const own = call?.accountSid === request.caller.account.sid ? call : undefined;
  return found(own, request, key, 'CA');
}

/** By its SID, or by the name it has while it is open. */
async function transcriptionOf(db: Db, request: ScopedRequest): Promise<LiveTranscription> {
  const key = request.path['Sid'] ?? '';
  const call = await callOf(db, request);
  const transcription = isSid(key, 'GT')
    ? await findLiveTranscription(db, key)
    : (await listOpenLiveTranscriptions(db, call.sid)).find(({ name }) => name === key);
  const own = transcription?.callSid === call.sid ? transcription : undefined;
  return found(own, request, key, 'GT');
}

/** Twilio: voice/api/realtime-transcription-resource#realtimetranscription-properties */
function render(transcription: Omit<LiveTranscription, 'seq'>): Json {
  const { sid, accountSid, callSid, name, status, dateUpdated } = transcription;
  return {
    sid,
    account_sid: accountSid,
    call_sid: callSid,
    name,
    status,
    date_updated: rfc2822Date(dateUpdated),
    uri: uri2010(accountSid, `Calls/${callSid}/Transcriptions/${sid}`),
  };
}
