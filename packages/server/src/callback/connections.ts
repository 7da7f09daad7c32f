import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressGuard } from './address-guard.ts';
import type { Target } from './target.ts';

/** Longer than any request may be silent, so that only unused connections meet it. */
const idleMs = 20_000;

// Node gives each of a host's addresses 250 ms, too short for one on the other side of the world.
const perAddress = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1000 };
const kept = { keepAlive: true, timeout: idleMs };

/** The sender's connections to customers' servers. */
export class Connections {
  readonly #pools: Readonly<Record<Target['scheme'], HttpAgent>>;
  readonly #fresh: Readonly<Record<Target['scheme'], HttpAgent>>;

  /** Each connection goes to an address that `guard` let through; one that is kept is used for its own host alone. */
  constructor(guard: AddressGuard | undefined) {
    const all = { ...perAddress, ...(guard !== undefined && { lookup: guard.lookup }) };
    const pooled = { ...all, ...kept };
    this.#pools = { http: new HttpAgent(pooled), https: new HttpsAgent(pooled) };
    this.#fresh = { http: new HttpAgent(all), https: new HttpsAgent(all) };
  }

  /** Takes a connection left open by an earlier request, or opens one to keep. */
  pool(scheme: Target['scheme']): HttpAgent {
    return this.#pools[scheme];
  }

  /** Opens a connection for one request. */
  fresh(scheme: Target['scheme']): HttpAgent {
    return this.#fresh[scheme];
  }

  /** Connections open or opening. */
  get count(): number {
    return this.#agents()
      .flatMap(({ sockets, freeSockets }) => [sockets, freeSockets])
      .flatMap((byHost) => Object.values(byHost).flatMap((sockets) => sockets ?? []))
      .filter((socket) => !socket.destroyed).length;
  }

  destroy(): void {
    for (const agent of this.#agents()) agent.destroy();
  }

  #agents(): readonly HttpAgent[] {
    return [...Object.values(this.#pools), ...Object.values(this.#fresh)];
  }
}
