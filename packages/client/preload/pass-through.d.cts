declare namespace passThrough {
  /** Parameters under their names and in their forms on the wire; unset ones are left out. */
  function toWire(params: object): Record<string, unknown>;
  /** Adds to an instance the fields of the JSON that its class left out. */
  function addFields(instance: object, payload: object): void;
  /** Wraps what a module of twilio's `lib` exports, in place; the path is relative to `lib`. */
  function wrapModule(path: string, exported: unknown): void;
  /** From now on, parameters and fields pass through for the versions that the rule names. */
  function passThroughFor(rule: (version: unknown) => boolean): void;
}
export = passThrough;
