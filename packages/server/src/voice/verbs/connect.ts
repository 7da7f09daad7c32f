import type { ConnectVerb, ConversationNoun, StreamNoun } from '@tutti/twiml';
import { bindLiveCall } from '../../actions/bind-call.ts';
import { withRelatedSids } from '../../actions/related-sids.ts';
import { alertText, refusal, RequestError } from '../../base/app-error.ts';
import { catalogue } from '../../base/error-catalogue.ts';
import { requireSid } from '../../model/sid-parameter.ts';
import { findConductor } from '../../store/conductors.ts';
import { aborted } from '../aborted.ts';
import { listenInBridge } from '../bridge-ears.ts';
import type { LiveCall } from '../live-call.ts';
import { endCall, failDocument, goOn, type Next } from '../next.ts';
import { noteNamed } from '../note-named.ts';
import { refuseElement } from '../refuse-element.ts';
import { resolveUrl } from '../resolve-url.ts';
import type { RunningDocument } from '../interpreter.ts';
import { runConversationRelay } from './conversation-relay.ts';
import { beginStream } from './stream.ts';

/** `<Connect><Conversation conductorSid>`: binds the call and joins the bridge, until the call leaves it. */
export async function runConnect(
  live: LiveCall,
  running: RunningDocument,
  verb: ConnectVerb,
): Promise<Next> {
  const { noun } = verb;
  if (noun.noun === 'Unsupported') {
    return refuseElement(live, running, { ...noun, name: `Connect><${noun.name}` });
  }
  if (noun.noun === 'Stream') return connectStream(live, running, verb, noun);
  if (noun.noun === 'ConversationRelay') return runConversationRelay(live, running, verb, noun);
  await warnOfIgnored(live, noun);
  const bound = await bind(live, noun);
  if (bound) await joinBridge(live);
  if (live.signal.aborted) return endCall;
  return askAction(live, running, verb, { ConnectStatus: bound ? 'completed' : 'failed' });
}

/** What comes after the connection: the action, or the next verb. */
async function askAction(
  live: LiveCall,
  running: RunningDocument,
  { action, method }: ConnectVerb,
  parameters: Readonly<Record<string, string>>,
): Promise<Next> {
  if (action === undefined) return goOn;
  const url = await resolveUrl(live, running, action);
  return url === undefined ? failDocument : { kind: 'fetch', url, method, parameters };
}

/** `<Connect><Stream>`: until the customer's server closes it, or it cannot be had. Twilio: voice/twiml/connect */
async function connectStream(
  live: LiveCall,
  running: RunningDocument,
  verb: ConnectVerb,
  noun: StreamNoun,
): Promise<Next> {
  const stream = await beginStream(live, running, noun, true);
  const failure = await stream?.ended;
  if (live.signal.aborted) return endCall;
  return askAction(live, running, verb, {
    ...(stream === undefined
      ? {}
      : { StreamSid: stream.row.sid, StreamName: stream.row.name ?? stream.row.sid }),
    StreamEvent: stream === undefined || failure !== undefined ? 'stream-error' : 'stream-stopped',
    ...(failure === undefined ? {} : { StreamError: failure.message }),
  });
}

/** Twilio's attributes that nothing here reads: said, so that nobody waits for what they ask for. */
async function warnOfIgnored(live: LiveCall, noun: ConversationNoun): Promise<void> {
  const given = {
    serviceInstanceSid: noun.serviceInstanceSid !== undefined,
    inboundAutocreation: noun.inboundAutocreation,
    routingAssignmentTimeout: noun.routingAssignmentTimeoutSec !== undefined,
    inboundTimeout: noun.inboundTimeoutSec !== undefined,
    url: noun.url !== undefined,
    record: noun.record !== 'do-not-record',
    recordingStatusCallback: noun.recordingStatusCallback !== undefined,
    statusCallback: noun.statusCallback !== undefined,
  };
  const names = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (names.length === 0) return;
  const { serviceInstanceSid } = noun;
  if (serviceInstanceSid !== undefined) {
    noteNamed(live, 'serviceInstanceSid of <Conversation>', serviceInstanceSid, 'ignored');
  }
  const problem = `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} no effect in this version of Tutti. The Conductor says what becomes of its calls: Record, Transcribe, ApplicationSid.`;
  await live.alerts.raise({
    errorCode: catalogue.conversationAttributes.code,
    level: 'warning',
    text: alertText('conversationAttributes', { problem }),
  });
}

/** Binds as the noun says, or leaves the call as it is bound; false when it could not, and an alert says why. */
async function bind(live: LiveCall, { conductorSid }: ConversationNoun): Promise<boolean> {
  const { conductorSid: own, accountSid, sid } = await live.refresh();
  if (conductorSid === undefined) {
    if (own !== null) return true;
    await live.alerts.of(
      refusal('callNotBound', {
        sid,
        problem:
          '<Connect><Conversation> has no conductorSid, and the call is not bound to a Conductor. Give conductorSid="CN…".',
      }),
    );
    return false;
  }
  const parameter = 'conductorSid of <Conversation>';
  try {
    const wanted = requireSid(conductorSid, parameter, 'CN');
    await bindLiveCall(live.context.actions, sid, wanted);
    noteNamed(live, parameter, conductorSid, 'passed');
    await live.refresh();
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    noteNamed(live, parameter, conductorSid, error.code);
    await live.alerts.of(await withRelatedSids(live.context.actions.db, accountSid, error));
    return false;
  }
}

/** Stays in the bridge of the call's Conductor until the call is over or sent elsewhere. */
export async function joinBridge(live: LiveCall): Promise<void> {
  const leg = await live.answer();
  const { conductorSid, accountSid } = live.call;
  if (leg === undefined || conductorSid === null) return;
  const { actions, bridges } = live.context;
  const conductor = await findConductor(actions.db, accountSid, conductorSid);
  if (conductor === undefined || live.signal.aborted) return;
  const leave = bridges.join(conductor, leg);
  const stopListening = await listenInBridge(live, leg, conductor);
  try {
    await aborted(live.signal);
  } finally {
    stopListening();
    leave();
  }
}
