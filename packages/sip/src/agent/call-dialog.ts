import type { IncomingRefer, ReferProgress } from './refer.ts';

/** How a dialog ended; `reason` is the Reason header or a word of ours. */
export interface DialogEnd {
  readonly by: 'local' | 'remote' | 'timeout';
  readonly reason?: string;
}

/** An INFO request's content. */
export interface DialogInfo {
  readonly contentType: string;
  readonly body: string;
}

/** An answered call: RFC 3261 §12 to §15. */
export interface CallDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly remoteUri: string;
  /** The peer's newest session description; after a delayed offer, the one its ACK brought. */
  readonly remoteSdp: string | undefined;
  /** Never rejects. */
  readonly ended: Promise<DialogEnd>;
  /** Hangs up; idempotent. Resolves when the peer has confirmed, or will not any more. */
  bye(): Promise<void>;
  /**
   * Answers re-INVITEs: given the peer's offer, returns the answer; given `undefined`, returns a
   * fresh offer. Returning `undefined` refuses with 488, and so does having no handler.
   */
  setOfferHandler(handler: (sdp: string | undefined) => string | undefined): void;
  /** Told the answer to an offer that the offer handler made, when the ACK brings it. */
  setAnswerHandler(handler: (sdp: string) => void): void;
  /** Offers anew; resolves with the peer's answer. @throws SipCallError */
  reinvite(sdp: string): Promise<string>;
  /**
   * Asks the peer to call `target`; resolves with the outcome it tells, which may be a refusal.
   * @throws SipCallError `refused` when it will not try; `state` while another is under way
   * @throws TypeError when `target` is no URI
   */
  refer(target: string, onProgress?: (progress: ReferProgress) => void): Promise<ReferProgress>;
  /** Without it REFER is declined with 603. */
  setReferHandler(handler: (refer: IncomingRefer) => void): void;
  /** INFO is answered 200 with or without a handler. */
  setInfoHandler(handler: (info: DialogInfo) => void): void;
}
