import { MediaEngine } from '@tutti/media';

let shared: { readonly engine: MediaEngine; users: number } | undefined;

/** The media engine of all phones of this process; closed when the last of them has released it. */
export function acquireEngine(): { readonly engine: MediaEngine; release(): Promise<void> } {
  shared ??= { engine: new MediaEngine(), users: 0 };
  const held = shared;
  held.users += 1;
  let released = false;
  return {
    engine: held.engine,
    release: async () => {
      if (released) return;
      released = true;
      held.users -= 1;
      if (held.users > 0) return;
      if (shared === held) shared = undefined;
      await held.engine.close();
    },
  };
}
