import type { Agent } from './agent.ts';
import type { InviteOptions } from './invite-options.ts';
import type { OutgoingCall, OutgoingResult } from './outgoing-call.ts';
import { PlacedCall } from './placed-call.ts';

/**
 * One call to several addresses at once, as a forking proxy would place it: RFC 3261 §16.7.
 * The first answer has it and the others are cancelled; a 6xx ends it for all; of other refusals
 * the best is told when the last has come.
 */
export class ForkedCall implements OutgoingCall {
  readonly callId: string;
  readonly result: Promise<OutgoingResult>;
  readonly #branches: readonly PlacedCall[];
  #open: number;
  #winner: PlacedCall | undefined;
  #best: OutgoingResult | undefined;
  #resolve: (result: OutgoingResult) => void = () => undefined;

  /** @throws TypeError when a value would inject a header. */
  constructor(agent: Agent, options: InviteOptions) {
    const { also = [], uri, flow, ...shared } = options;
    const targets = [{ uri, ...(flow === undefined ? {} : { flow }) }, ...also];
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#branches = targets.map((target) => new PlacedCall(agent, { ...shared, ...target }));
    this.#open = this.#branches.length;
    this.callId = this.#branches[0]?.callId ?? '';
    for (const branch of this.#branches) {
      void branch.result.then((result) => {
        this.#onResult(branch, result);
      });
    }
  }

  cancel(): void {
    for (const branch of this.#branches) branch.cancel();
  }

  #onResult(branch: PlacedCall, result: OutgoingResult): void {
    this.#open -= 1;
    if (result.kind === 'answered') {
      // Two may answer before the CANCEL reaches the second.
      if (this.#winner !== undefined) void result.dialog.bye();
      this.#winner ??= branch;
    }
    if (this.#winner === branch || isFinalForAll(result)) this.cancel();
    this.#best = better(this.#best, result);
    if (this.#winner !== undefined || this.#open === 0) this.#resolve(this.#best);
  }
}

function isFinalForAll(result: OutgoingResult): boolean {
  return result.kind === 'refused' && result.status >= 600;
}

function better(held: OutgoingResult | undefined, next: OutgoingResult): OutgoingResult {
  return held === undefined || rank(next) < rank(held) ? next : held;
}

// RFC 3261 §16.7 step 6: 6xx first, then the lowest class; what came to nothing comes last.
function rank(result: OutgoingResult): number {
  switch (result.kind) {
    case 'answered':
      return 0;
    case 'refused':
      return result.status >= 600 ? 1 : result.status;
    case 'canceled':
      return 1000;
    case 'failed':
      return 2000;
  }
}
