'use strict';
/**
 * What the installed twilio does not know passes through it: parameters on the way out, fields on
 * the way back. Both `@tutti/client` and its preload use this file, so that they cannot differ.
 *
 * A generated method such as `participants.create(params)` copies a fixed list of keys from
 * `params` and calls `version.create({ data })` before it returns. So the method is handed a proxy
 * that notes which keys are read, and `version.create` adds the keys that nobody read. The answer
 * goes into an instance with a fixed list of fields; the rest of the JSON is added to it likewise.
 */

/** A call of a generated method that is on the stack. `sent` once its request is made. */
/** @typedef {{ params?: object, proxy?: object, read: Set<PropertyKey>, sent: boolean, payload?: object }} Frame */

// Shared by every copy of this file in the process: a method must not be wrapped twice.
const shared = (globalThis[Symbol.for('@tutti/client/pass-through')] ??= {
  /** @type {((version: unknown) => boolean)[]} */
  rules: [],
  /** @type {Frame[]} */
  frames: [],
  wrapped: new WeakSet(),
});

/** The operations of `Version` whose first argument is the request. */
const OPERATIONS = ['create', 'update', 'patch', 'fetch', 'page'].flatMap((name) => [
  name,
  `${name}WithResponseInfo`,
]);

/** The methods of generated classes whose first argument may be parameters. */
const METHODS = ['create', 'update', 'patch', 'fetch', 'page'].flatMap((name) => [
  name,
  `${name}WithHttpInfo`,
]);

/** Keys that `list`, `each` and `page` take for the client's own use. */
const CLIENT_ONLY = new Set(['limit', 'callback', 'done', 'pageSize', 'pageNumber', 'pageToken']);

/** `voiceBinding.conductorSid` -> `VoiceBinding.ConductorSid`. */
function wireName(key) {
  return key
    .split('.')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('.');
}

/** A value as Twilio writes it: dates in ISO 8601 to the second, TwiML as text, objects as JSON. */
function wireValue(value) {
  if (Array.isArray(value)) return value.map(wireValue);
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, 'Z');
  if (typeof value === 'boolean') return String(value);
  if (value === null || typeof value !== 'object') return value;
  return value.toString === Object.prototype.toString ? JSON.stringify(value) : String(value);
}

/** The entries of `params` that can be sent: set, and not for the client's own use. */
function sendable(params) {
  return Object.entries(params).filter(
    ([key, value]) => value !== undefined && typeof value !== 'function' && !CLIENT_ONLY.has(key),
  );
}

/** Every parameter under its name and in its form on the wire. */
function toWire(params) {
  return Object.fromEntries(
    sendable(params).map(([key, value]) => [wireName(key), wireValue(value)]),
  );
}

/** `voice_binding` -> `voiceBinding`. */
function fieldName(key) {
  return key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/** Adds to an instance what its class left out of the JSON it was made from. */
function addFields(instance, payload) {
  if (!isObject(instance) || !isObject(payload)) return;
  completePath(instance);
  const added = {};
  for (const [key, value] of Object.entries(payload)) {
    const name = fieldName(key);
    if (!(name in instance)) instance[name] = added[name] = value;
  }
  const { toJSON } = instance;
  if (Object.keys(added).length === 0 || typeof toJSON !== 'function') return;
  const withAdded = function () {
    const now = Object.keys(added).map((name) => [name, this[name]]);
    return { ...toJSON.call(this), ...Object.fromEntries(now) };
  };
  Object.defineProperty(instance, 'toJSON', { value: withAdded, configurable: true });
}

/**
 * twilio 6.2.0 leaves out of an instance's path what the instance was not fetched by: after
 * `create` or `list`, its `update` says "Parameter 'sid' is not valid." before any request.
 */
function completePath(instance) {
  const solution = instance._solution;
  for (const key of Object.keys(solution ?? {})) solution[key] ??= instance[key];
}

function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function applies(version) {
  return shared.rules.some((rule) => rule(version));
}

/** Replaces `owner[name]` by `make(original)`, once. */
function wrap(owner, name, make) {
  const original = owner[name];
  if (typeof original !== 'function' || shared.wrapped.has(original)) return false;
  const wrapper = make(original);
  shared.wrapped.add(wrapper);
  owner[name] = wrapper;
  return true;
}

/** A generated method, with a note of what it reads from its parameters. */
function noting(method, versionOf) {
  return function (first, ...rest) {
    if (!applies(versionOf(this))) return method.call(this, first, ...rest);
    /** @type {Frame} */
    const frame = { read: new Set(), sent: false };
    let argument = first;
    if (isObject(first)) {
      frame.params = first;
      frame.proxy = argument = new Proxy(first, {
        get: (target, key) => (frame.read.add(key), Reflect.get(target, key)),
        has: (target, key) => (frame.read.add(key), Reflect.has(target, key)),
      });
    }
    shared.frames.push(frame);
    try {
      return method.call(this, argument, ...rest);
    } finally {
      shared.frames.pop();
    }
  };
}

/** The request with the parameters that the generated method never read. */
function complete(request, frame) {
  if (frame.params === undefined) return request;
  const field = /^get$/i.test(request.method) ? 'params' : 'data';
  // A JSON body is the caller's own object, whole.
  if (request[field] === frame.proxy) return { ...request, [field]: frame.params };
  const headers = { ...request.headers };
  const values = { ...request[field] };
  for (const [key, value] of sendable(frame.params)) {
    if (frame.read.has(key)) continue;
    const name = wireName(key);
    // Twilio's only parameters in a header: xTwilioWebhookEnabled, X-Twilio-Webhook-Enabled.
    if (/^xTwilio[A-Z]/.test(key)) headers[name.replace(/(?<!^)[A-Z]/g, '-$&')] = value;
    else if (!(name in values)) values[name] = wireValue(value);
  }
  return { ...request, headers, [field]: values };
}

function wrapVersion(prototype) {
  for (const name of OPERATIONS) {
    wrap(
      prototype,
      name,
      (operation) =>
        function (request) {
          const frame = shared.frames.at(-1);
          if (frame === undefined || frame.sent) return operation.apply(this, arguments);
          frame.sent = true;
          const answer = operation.call(this, complete(request, frame));
          if (name.startsWith('page')) return answer;
          return answer.then((result) => {
            frame.payload = name.endsWith('WithResponseInfo') ? result.body : result;
            return result;
          });
        },
    );
  }
  // Called by every generated method with the promise of its instance, before any callback.
  wrap(
    prototype,
    'setPromiseCallback',
    (setPromiseCallback) =>
      function (promise, callback) {
        const frame = shared.frames.at(-1);
        if (frame === undefined) return setPromiseCallback.call(this, promise, callback);
        const completed = promise.then((result) => {
          const withInfo = isObject(result) && 'statusCode' in result && 'headers' in result;
          addFields(withInfo ? result.body : result, frame.payload);
          return result;
        });
        return setPromiseCallback.call(this, completed, callback);
      },
  );
}

/** The first page and every next one pass here. */
function wrapPage(prototype) {
  wrap(
    prototype,
    'loadInstances',
    (loadInstances) =>
      function (resources) {
        const instances = loadInstances.call(this, resources);
        if (applies(this._version)) instances.forEach((it, i) => addFields(it, resources[i]));
        return instances;
      },
  );
}

/**
 * Wraps what a module of twilio's `lib` exports, in place.
 *
 * @param {string} path the module's path inside `lib`, with slashes: `base/Version.js`
 * @param {unknown} exported what it exports
 * @throws {Error} if twilio's base classes are not built as expected
 */
function wrapModule(path, exported) {
  if (path === 'base/Version.js' || path === 'base/Page.js') {
    const { prototype } = exported.default ?? exported;
    const [needed, wrapBase] = path.endsWith('Page.js')
      ? ['loadInstances', wrapPage]
      : ['create', wrapVersion];
    if (typeof prototype?.[needed] !== 'function') throw new Error(`${path} has no ${needed}`);
    wrapBase(prototype);
  }
  if (!/^rest\/[^/]+\/.+\//.test(path) || !isObject(exported)) return;
  for (const name of Object.keys(exported)) {
    if (typeof exported[name] !== 'function') continue;
    if (/Context(Impl)?$/.test(name)) {
      for (const method of METHODS) {
        wrap(exported[name].prototype, method, (it) => noting(it, (self) => self?._version));
      }
    }
    // A SyncListInstance is no list but an instance of a SyncList: a class, with methods.
    const isClass = Object.getOwnPropertyNames(exported[name].prototype ?? {}).length > 1;
    if (/List(Instance)?$/.test(name) && !isClass) wrap(exported, name, wrapList);
  }
}

/** A factory of list objects, which carry their methods as properties of their own. */
function wrapList(factory) {
  return function (version, ...solution) {
    const list = factory.call(this, version, ...solution);
    for (const method of METHODS) {
      if (Object.hasOwn(list, method)) wrap(list, method, (it) => noting(it, () => version));
    }
    return list;
  };
}

/** From now on, parameters and fields pass through for the clients whose versions the rule names. */
function passThroughFor(rule) {
  shared.rules.push(rule);
}

module.exports = { addFields, fieldName, passThroughFor, toWire, wrapModule };
