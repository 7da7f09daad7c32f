import type { TwimlDocument } from '@tutti/twiml';
import type { HttpMethod } from '../model/voice-urls.ts';
import type { LiveCall } from './live-call.ts';

/** A document with where it came from; without a URL, its relative URLs lead nowhere. */
export interface RunningDocument {
  readonly document: TwimlDocument;
  readonly url: string | undefined;
  readonly method: HttpMethod;
  readonly interpreter: Interpreter;
}

/** Runs documents; given to verbs that start another leg. */
export interface Interpreter {
  /** Runs a call's own instructions to their end, then ends it. Never rejects. */
  runCall(live: LiveCall): Promise<void>;
  /** Runs the document at `url`, which is told `parameters`, to its end on an answered call, then ends it. Never rejects. */
  runCallFrom(
    live: LiveCall,
    url: string,
    method: HttpMethod,
    parameters: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Runs the document at `url`, and what it leads to, on an answered call. */
  runDocumentAt(live: LiveCall, url: string, method: HttpMethod): Promise<void>;
}
