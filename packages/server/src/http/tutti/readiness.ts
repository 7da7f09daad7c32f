import { probeStore } from '../../actions/probe-store.ts';
import type { ActionContext } from '../../actions/context.ts';
import { sleep } from '../../base/clock.ts';

/** What keeps the server from serving. */
export interface NotReady {
  readonly what: 'stopping' | 'store' | 'sip';
  readonly problem: string;
}

/** How long an answer of the database holds: asking costs nobody a write who asks often. */
const PROBED_MS = 2000;
/** A database that takes longer is not one to send requests to. */
const PROBE_MS = 2000;

/** Whether requests and calls would be served, asked by load balancers. */
export class Readiness {
  readonly #context: ActionContext;
  readonly #sip: { readonly isOpen: boolean };
  #isStopping = false;
  #probing: Promise<void> | undefined;
  #works = false;
  #probedAt: number = Number.NEGATIVE_INFINITY;

  constructor(context: ActionContext, sip: { readonly isOpen: boolean }) {
    this.#context = context;
    this.#sip = sip;
  }

  /** The server is being stopped: nobody should send it anything new. */
  stopping(): void {
    this.#isStopping = true;
  }

  /** Never rejects. */
  async check(): Promise<readonly NotReady[]> {
    // What else is closed by then is no problem.
    if (this.#isStopping) return [{ what: 'stopping', problem: 'The server is being stopped.' }];
    const found: NotReady[] = [];
    if (!(await this.#storeWorks())) {
      const problem = 'The database does not take reads and writes. The log says why.';
      found.push({ what: 'store', problem });
    }
    if (!this.#sip.isOpen) found.push({ what: 'sip', problem: 'A SIP socket is closed.' });
    return found;
  }

  async #storeWorks(): Promise<boolean> {
    const { clock } = this.#context;
    if (clock.elapsedMs() - this.#probedAt < PROBED_MS) return this.#works;
    // One at a time: a database that hangs is not asked again and again.
    this.#probing ??= this.#probe();
    const late = new AbortController();
    const answered = await Promise.race([
      this.#probing.then(() => true),
      sleep(clock, PROBE_MS, late.signal).then(() => false),
    ]);
    late.abort();
    return answered && this.#works;
  }

  async #probe(): Promise<void> {
    try {
      await probeStore(this.#context);
      this.#works = true;
    } catch (err) {
      this.#context.log.debug({ err }, 'store not ready');
      this.#works = false;
    }
    this.#probedAt = this.#context.clock.elapsedMs();
    this.#probing = undefined;
  }
}
