import { isSid } from '@tutti/ids';
import { orderStream } from '../../actions/start-stream.ts';
import { stopStream } from '../../actions/stop-stream.ts';
import { refusal } from '../../base/app-error.ts';
import { readSocketTarget } from '../../callback/target.ts';
import { streamTracks, type MediaStreamRecord } from '../../model/media-stream.ts';
import { findCall } from '../../store/calls.ts';
import { findMediaStream, listOpenMediaStreams } from '../../store/media-streams.ts';
import type { Db } from '../../store/open-store.ts';
import type { ScopedRequest } from '../conversations-v1/scope.ts';
import { method, oneOf, text, url } from '../fields.ts';
import { form, type Field, type FormValues } from '../form.ts';
import { orNull } from '../given.ts';
import { operation, type Routes } from '../operation.ts';
import { pathNotFound } from '../path-not-found.ts';
import { rfc2822Date, type Json } from '../render.ts';
import { uri2010 } from './uri.ts';

/** Twilio: voice/api/stream-resource#parameters, Parameter1.Name to Parameter99.Value */
const PARAMETERS_MAX = 99;
const numbers = Array.from({ length: PARAMETERS_MAX }, (_, index) => index + 1);

const parameterFields = Object.fromEntries(
  numbers.flatMap((number) => [
    [`Parameter${number}.Name`, text()],
    [`Parameter${number}.Value`, text()],
  ]),
) as Record<`Parameter${number}.${'Name' | 'Value'}`, Field<string>>;

const socketUrl: Field<string> = {
  read: (values) => {
    const given = values.at(-1) ?? '';
    const read = readSocketTarget(given);
    if (read.ok) return given;
    const { isScheme, problem } = read;
    throw refusal(isScheme ? 'streamScheme' : 'streamUrl', { url: given, problem });
  },
};

const start = form({
  Url: socketUrl,
  Name: text(64),
  Track: oneOf(streamTracks),
  StatusCallback: url('invalidUrl'),
  StatusCallbackMethod: method('invalidMethod'),
  ...parameterFields,
});
const update = form({ Status: oneOf(['stopped']) });

/** One-way streams of a call under way. Twilio: voice/api/stream-resource */
export function streamRoutes(routes: Routes): void {
  const { context } = routes;
  const { db } = context;
  const inCall = '/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Streams';

  operation(routes, {
    method: 'POST',
    path: inCall,
    parameters: start,
    handle: async (request) => {
      const call = await callOf(db, request);
      const { values } = request;
      if (values.Url === undefined) throw refusal('missingParameter', { name: 'Url' });
      const given = values as FormValues<typeof parameterFields>;
      const parameters = numbers.flatMap((number) => {
        const name = given[`Parameter${number}.Name`];
        return name ? [[name, given[`Parameter${number}.Value`] ?? '']] : [];
      });
      const where = { accountSid: call.accountSid, callSid: call.sid };
      const stream = await orderStream(context, where, {
        name: orNull(values.Name),
        url: values.Url,
        track: values.Track ?? 'inbound_track',
        parameters: JSON.stringify(Object.fromEntries(parameters)),
        statusCallback: orNull(values.StatusCallback),
        statusCallbackMethod: values.StatusCallbackMethod ?? 'POST',
      });
      return renderStream(stream);
    },
  });

  operation(routes, {
    method: 'POST',
    path: `${inCall}/:Sid`,
    parameters: update,
    handle: async (request) => {
      const stream = await streamOf(db, request);
      if (request.values.Status === undefined) {
        throw refusal('missingParameter', { name: 'Status' });
      }
      return renderStream(await stopStream(context, stream.sid));
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

/** By its SID, or by the name it has while it is open. */
async function streamOf(db: Db, request: ScopedRequest): Promise<MediaStreamRecord> {
  const key = request.path['Sid'] ?? '';
  const call = await callOf(db, request);
  const stream = isSid(key, 'MZ')
    ? await findMediaStream(db, key)
    : (await listOpenMediaStreams(db, call.sid)).find(({ name }) => name === key);
  if (stream?.callSid !== call.sid) throw pathNotFound(request, key, 'MZ');
  return stream;
}

/** Twilio: voice/api/stream-resource#stream-properties */
function renderStream(stream: Omit<MediaStreamRecord, 'seq'>): Json {
  const { sid, accountSid, callSid, name, status, dateUpdated } = stream;
  return {
    sid,
    account_sid: accountSid,
    call_sid: callSid,
    name,
    status,
    date_updated: rfc2822Date(dateUpdated),
    uri: uri2010(accountSid, `Calls/${callSid}/Streams/${sid}`),
  };
}
