import { SpeechError, SpeechListener } from '@tutti/media';
import type { ConversationRelayNoun } from '@tutti/twiml';
import { refusal, type RequestError } from '../base/app-error.ts';
import { deferred } from '../base/deferred.ts';
import type { CustomerSocket, SocketEnd } from '../callback/customer-socket.ts';
import {
  readRelayMessage,
  type Interruption,
  type RelayMessage,
} from '../callback/relay-message.ts';
import { shownUrl } from '../callback/target.ts';
import { aborted } from './aborted.ts';
import type { Leg } from './leg.ts';
import type { LiveCall } from './live-call.ts';
import { RelaySpeech } from './relay-speech.ts';
import { Sentences } from './sentences.ts';
import { playSource } from './verbs/play.ts';
import { saySource } from './verbs/say.ts';

/** How a session came to its end. Twilio: voice/twiml/connect/conversationrelay#action-callback */
export type RelayEnd =
  /** By the customer's server, or because the call went elsewhere. */
  | { readonly status: 'ended'; readonly handoffData?: string | undefined }
  /** The call is over. */
  | { readonly status: 'completed' }
  | { readonly status: 'failed'; readonly error: RequestError };

/** Malformed messages in a row. Twilio: errors 64105 */
const MALFORMED_MAX = 10;
/** RFC 6455 §7.4.1: data that does not fit its type. */
const BAD_DATA = 1007;
/** What waits for a server that reads nothing. */
const WAITING_MAX_BYTES = 512 * 1024;
const FRAME_SAMPLES = 160;
const SILENCE = new Int16Array(FRAME_SAMPLES);

/** The talk between a caller and a customer's server, in text. Twilio: voice/conversationrelay/websocket-messages */
export class RelaySession {
  readonly #live: LiveCall;
  readonly #leg: Leg;
  readonly #noun: ConversationRelayNoun;
  readonly #socket: CustomerSocket;
  readonly #url: string;
  readonly #sessionId: string;
  readonly #speech: RelaySpeech;
  readonly #sentences = new Sentences();
  readonly #decided = deferred<RelayEnd>();
  #ttsLanguage: string;
  #transcriptionLanguage: string;
  #listener: SpeechListener | undefined;
  /** Whether what the caller says now is told. */
  #heedsVoice = true;
  /** The next token begins something new. */
  #isNewTalk = true;
  #malformed = 0;
  #isOver = false;

  constructor(
    live: LiveCall,
    leg: Leg,
    noun: ConversationRelayNoun,
    socket: CustomerSocket,
    sessionId: string,
  ) {
    this.#live = live;
    this.#leg = leg;
    this.#noun = noun;
    this.#socket = socket;
    this.#url = shownUrl(noun.url ?? '');
    this.#sessionId = sessionId;
    this.#ttsLanguage = noun.ttsLanguage ?? noun.language;
    this.#transcriptionLanguage = noun.transcriptionLanguage ?? noun.language;
    this.#speech = new RelaySpeech((source, signal) => leg.media.play(source, { signal }), {
      onSpeaking: (isSpeaking) => this.#sayWhoSpeaks('agentSpeaking', isSpeaking),
      onPlayed: (text) => {
        if (noun.events.includes('tokens-played')) this.#sayInfo('tokensPlayed', text);
      },
      onError: (err) => this.#failed(err),
    });
  }

  /** Talks until something ends it; all it opened is closed then, its socket too. */
  async run(): Promise<RelayEnd> {
    const live = this.#live;
    const { media } = this.#leg;
    this.#sayWhoCalls();
    const stopKeys = this.#noun.dtmfDetection
      ? media.onDigit((digit) => this.#key(digit))
      : () => undefined;
    const stopFrames = media.onFrames(({ said }) => this.#listener?.push(said ?? SILENCE));
    this.#socket.onMessage((text) => this.#hear(text));
    this.#greet();
    live.context.track(this.#listen());
    let closeCode = 1000;
    try {
      const end = await Promise.race([
        this.#decided.promise,
        this.#socket.ended.then((ended) => this.#socketEnded(ended)),
        aborted(live.signal).then((): RelayEnd => ({
          status: live.over.signal.aborted ? 'completed' : 'ended',
        })),
      ]);
      if (this.#malformed >= MALFORMED_MAX) closeCode = BAD_DATA;
      return end;
    } finally {
      this.#isOver = true;
      stopKeys();
      stopFrames();
      this.#listener?.close();
      this.#speech.close();
      await this.#socket.close(closeCode);
    }
  }

  #sayWhoCalls(): void {
    const { call } = this.#live;
    const parameters = this.#noun.parameters.map(({ name, value }) => [name, value]);
    this.#say({
      type: 'setup',
      sessionId: this.#sessionId,
      accountSid: call.accountSid,
      parentCallSid: call.parentCallSid ?? '',
      callSid: call.sid,
      from: call.from,
      to: call.to,
      forwardedFrom: '',
      callType: callTypeOf(call.direction === 'inbound' ? call.from : call.to),
      callerName: '',
      direction: call.direction,
      callStatus: call.status,
      customParameters: Object.fromEntries(parameters),
    });
  }

  #greet(): void {
    const { welcomeGreeting, welcomeGreetingInterruptible: interruptible } = this.#noun;
    if (welcomeGreeting === undefined) return;
    for (const sentence of new Sentences().push(welcomeGreeting, true)) {
      this.#speak(sentence, { interruptible });
    }
  }

  /** Listens for words; without an engine for them says so, and the session goes on with keys. */
  async #listen(): Promise<void> {
    const { recognition } = this.#live.context;
    const language = this.#transcriptionLanguage;
    try {
      await recognition.check(language);
    } catch (error) {
      if (!(error instanceof SpeechError)) throw error;
      this.#unheard(error, error.code === 'FAILED' ? 'relayArgument' : 'speechEngineMissing');
      return;
    }
    if (this.#isOver || language !== this.#transcriptionLanguage) return;
    const hints = this.#noun.hints?.split(',').map((hint) => hint.trim());
    this.#listener?.close();
    this.#listener = new SpeechListener(recognition, {
      language,
      hints,
      silenceMs: this.#noun.speechTimeoutMs,
      partialResults: this.#noun.partialPrompts,
      onSpeech: () => {
        this.#sayWhoSpeaks('clientSpeaking', true);
        this.#heedsVoice = this.#input('speech');
      },
      onSilence: () => this.#sayWhoSpeaks('clientSpeaking', false),
      onResult: ({ transcript, isFinal: last }) => {
        if (transcript === '' || !this.#heedsVoice) return;
        this.#say({ type: 'prompt', voicePrompt: transcript, lang: language, last });
      },
      onError: (error) => this.#unheard(error),
    });
  }

  #unheard(
    error: SpeechError,
    as: 'relayArgument' | 'speechEngineMissing' = 'speechEngineMissing',
  ): void {
    if (this.#isOver) return;
    const problem = `<ConversationRelay> does not hear words: ${error.message}`;
    this.#raise(refusal(as, { problem }));
    this.#say({ type: 'error', description: problem });
  }

  /** An error of ours; the session goes on without what it hit. */
  #failed(err: unknown): void {
    this.#live.context.log.error({ err, callSid: this.#live.call.sid }, 'relay speech failed');
    if (this.#isOver) return;
    const error = refusal('relayFailed', { problem: 'something was not said' });
    this.#raise(error);
    this.#say({ type: 'error', description: error.message });
  }

  #sayWhoSpeaks(name: 'agentSpeaking' | 'clientSpeaking', isSpeaking: boolean): void {
    if (!this.#noun.events.includes('speaker-events')) return;
    this.#sayInfo(name, isSpeaking ? 'on' : 'off');
  }

  /** Unpublished by Twilio; as its own samples read it. */
  #sayInfo(name: string, value: string): void {
    this.#say({ type: 'info', name, value, ts: this.#live.context.actions.clock.now() });
  }

  #key(digit: string): void {
    if (this.#input('dtmf')) this.#say({ type: 'dtmf', digit });
  }

  /** Interrupts what is being said, if such input may; whether the input is to be told. */
  #input(kind: 'dtmf' | 'speech'): boolean {
    if (!this.#speech.isSpeaking) return true;
    if (!allows(this.#speech.interruptible, kind)) {
      return allows(this.#noun.reportInputDuringAgentSpeech, kind);
    }
    this.#sentences.clear();
    const interrupted = this.#speech.interrupt();
    if (interrupted !== undefined) this.#say({ type: 'interrupt', ...interrupted });
    return true;
  }

  #hear(text: string | undefined): void {
    if (this.#isOver) return;
    const read =
      text === undefined
        ? { ok: false as const, problem: 'it is binary; JSON in a text message is expected' }
        : readRelayMessage(text);
    if (read.ok) {
      this.#malformed = 0;
      this.#carryOut(read.message);
      return;
    }
    this.#malformed += 1;
    this.#refuse(read.problem);
    if (this.#malformed < MALFORMED_MAX) return;
    const problem = `${MALFORMED_MAX} messages in a row could not be read`;
    this.#decide({ status: 'failed', error: refusal('relayEnded', { url: this.#url, problem }) });
  }

  #refuse(problem: string): void {
    this.#raise(refusal('relayMessage', { url: this.#url, problem }));
    this.#say({ type: 'error', description: `Invalid message received: ${problem}` });
  }

  #carryOut(message: RelayMessage): void {
    switch (message.type) {
      case 'text': {
        if (this.#isNewTalk) this.#speech.preempt();
        this.#isNewTalk = message.last;
        for (const sentence of this.#sentences.push(message.token, message.last)) {
          this.#speak(sentence, message);
        }
        break;
      }
      case 'play': {
        this.#speech.preempt();
        const { source: url, loop } = message;
        this.#add('', message, (signal) =>
          playSource(this.#live, { url: undefined }, { verb: 'Play', url, loop }, signal),
        );
        break;
      }
      case 'sendDigits':
        this.#live.context.track(this.#live.sendDigits(message.digits, this.#live.signal));
        break;
      case 'language':
        this.#ttsLanguage = message.ttsLanguage ?? this.#ttsLanguage;
        if (message.transcriptionLanguage === undefined) break;
        this.#transcriptionLanguage = message.transcriptionLanguage;
        this.#live.context.track(this.#listen());
        break;
      case 'end':
        this.#decide({ status: 'ended', handoffData: message.handoffData });
        break;
    }
  }

  #speak(
    text: string,
    how: {
      readonly lang?: string | undefined;
      readonly interruptible?: Interruption | undefined;
      readonly preemptible?: boolean | undefined;
    },
  ): void {
    const language = how.lang ?? this.#ttsLanguage;
    const own = this.#noun.languages.find(({ code }) => code === language)?.voice;
    const voice = own ?? this.#noun.voice;
    const say = { verb: 'Say', text, language, loop: 1 } as const;
    this.#add(text, how, (signal) =>
      saySource(this.#live, voice === undefined ? say : { ...say, voice }, signal),
    );
  }

  #add(
    text: string,
    how: {
      readonly interruptible?: Interruption | undefined;
      readonly preemptible?: boolean | undefined;
    },
    source: Parameters<RelaySpeech['add']>[0]['source'],
  ): void {
    const isTaken = this.#speech.add({
      text,
      interruptible: how.interruptible ?? this.#noun.interruptible,
      preemptible: how.preemptible ?? this.#noun.preemptible,
      source,
    });
    if (!isTaken) this.#refuse('too much waits to be said already; it is left out');
  }

  #socketEnded(end: SocketEnd): RelayEnd {
    const problem =
      end.kind === 'closed' ? `closed with ${end.code} ${end.reason}`.trim() : end.problem;
    return { status: 'failed', error: refusal('relayEnded', { url: this.#url, problem }) };
  }

  #decide(end: RelayEnd): void {
    // What comes behind it is not heard any more.
    this.#isOver = true;
    this.#decided.resolve(end);
  }

  #raise(error: RequestError): void {
    this.#live.context.track(this.#live.alerts.of(error));
  }

  #say(message: Readonly<Record<string, unknown>>): void {
    if (this.#socket.bufferedBytes > WAITING_MAX_BYTES) return;
    this.#socket.send(JSON.stringify(message));
  }
}

function allows(allowed: Interruption, kind: 'dtmf' | 'speech'): boolean {
  return allowed === 'any' || allowed === kind;
}

function callTypeOf(address: string): string {
  if (address.startsWith('client:')) return 'CLIENT';
  return address.startsWith('sip:') ? 'SIP' : 'PSTN';
}
