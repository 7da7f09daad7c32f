import type { ConnectVerb, ConversationRelayNoun } from '@tutti/twiml';
import { refusal } from '../../base/app-error.ts';
import { readSocketTarget, shownUrl } from '../../callback/target.ts';
import type { RunningDocument } from '../interpreter.ts';
import type { LiveCall } from '../live-call.ts';
import { endCall, failDocument, goOn, type Next } from '../next.ts';
import { RelaySession, type RelayEnd } from '../relay-session.ts';
import { resolveUrl } from '../resolve-url.ts';
import { tellAction } from '../tell-action.ts';

/** How long a customer's server has to open the WebSocket. */
const CONNECT_MS = 5000;
/** As for media streams. */
const USER_AGENT = 'Twilio.TmeWs/1.0';

/** Talks by text with the customer's server, until one of them ends it. Twilio: voice/twiml/connect/conversationrelay */
export async function runConversationRelay(
  live: LiveCall,
  running: RunningDocument,
  verb: ConnectVerb,
  noun: ConversationRelayNoun,
): Promise<Next> {
  const { actions, log } = live.context;
  const sessionId = actions.ids.sid('VX');
  const leg = await live.answer();
  if (leg === undefined) return goOn;
  const startedMs = actions.clock.elapsedMs();
  const end = toldOf(
    live,
    noun,
    await talk(live, noun, (socket) => new RelaySession(live, leg, noun, socket, sessionId).run()),
  );
  if (end.status === 'failed') await live.alerts.of(end.error);
  log.info({ callSid: live.call.sid, sessionId, status: end.status }, 'relay session ended');
  if (verb.action === undefined) return live.signal.aborted ? endCall : goOn;
  const isElsewhere = live.signal.aborted && !live.over.signal.aborted;
  // Who redirected the call has better instructions.
  if (isElsewhere) return endCall;
  const url = await resolveUrl(live, running, verb.action);
  if (url === undefined) return failDocument;
  const { method } = verb;
  const parameters = {
    SessionId: sessionId,
    SessionStatus: end.status,
    SessionDuration: String(Math.round((actions.clock.elapsedMs() - startedMs) / 1000)),
    ...(end.status === 'ended' && end.handoffData !== undefined
      ? { HandoffData: end.handoffData }
      : {}),
    ...(end.status === 'failed'
      ? { ErrorCode: String(end.error.code), ErrorMessage: end.error.message }
      : {}),
  };
  if (!live.over.signal.aborted) return { kind: 'fetch', url, method, parameters };
  live.context.track(live.ended.then(() => tellAction(live, { url, method, parameters })));
  return endCall;
}

/** A session that nobody ended has failed. */
function toldOf(live: LiveCall, { url = '' }: ConversationRelayNoun, end: RelayEnd): RelayEnd {
  if (end.status !== 'completed' || live.endedBy === undefined) return end;
  const error = live.endedBy === 'silence' ? 'relaySilence' : 'relayTimeLimit';
  return { status: 'failed', error: refusal(error, { url: shownUrl(url) }) };
}

type Socket = ConstructorParameters<typeof RelaySession>[3];

/** Opens the WebSocket and hands it over. */
async function talk(
  live: LiveCall,
  noun: ConversationRelayNoun,
  use: (socket: Socket) => Promise<RelayEnd>,
): Promise<RelayEnd> {
  const { actions, config } = live.context;
  if (noun.url === undefined) {
    const problem = 'it has no url. Give url="wss://host/path".';
    return { status: 'failed', error: refusal('relayParameter', { problem }) };
  }
  const url = shownUrl(noun.url);
  const read = readSocketTarget(noun.url);
  if (!read.ok) {
    const problem = `its url is ${url}. ${read.problem}`;
    return { status: 'failed', error: refusal('relayParameter', { problem }) };
  }
  if (read.target.scheme === 'ws') {
    if (config.mode === 'production') {
      const problem = `its url is ${url}. In production it must be wss://.`;
      return { status: 'failed', error: refusal('relayParameter', { problem }) };
    }
    await live.alerts.of(refusal('relayPlain', { url }));
  }
  const opened = await actions.sender.open({
    target: read.target,
    authToken: await live.authToken(),
    userAgent: USER_AGENT,
    connectMs: CONNECT_MS,
    signal: live.signal,
  });
  if (opened.ok) return use(opened.socket);
  const { kind, problem } = opened.failure;
  if (kind === 'given-up') return { status: 'completed' };
  return { status: 'failed', error: refusal('relayConnect', { url, problem }) };
}
