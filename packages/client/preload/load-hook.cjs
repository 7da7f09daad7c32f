'use strict';
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');

/** Whether a folder is an installed twilio, under whatever name (`npm install old@npm:twilio@4`). */
function isTwilio(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'twilio';
  } catch {
    return false;
  }
}

/**
 * Calls `onModule(path, exports)` for each module of any installed twilio as soon as it is loaded,
 * before the module that required it goes on; `path` is relative to twilio's `lib`.
 * What it throws, and a twilio without the files that matter, goes to `onProblem`.
 */
function watchTwilio(onModule, onProblem) {
  /** @type {Map<string, boolean>} */
  const folders = new Map();
  const { load } = Module.prototype;
  Module.prototype.load = function (filename) {
    const result = load.apply(this, arguments);
    const [, folder, path] = /^(.*)[\\/]lib[\\/](.*)$/.exec(filename) ?? [];
    if (folder === undefined) return result;
    try {
      if (!folders.has(folder)) {
        folders.set(folder, isTwilio(folder));
        if (folders.get(folder) && !existsSync(join(folder, 'lib/base/Version.js'))) {
          throw new Error('lib/base/Version.js is missing');
        }
      }
      if (folders.get(folder)) onModule(path.replaceAll('\\', '/'), this.exports);
    } catch (error) {
      onProblem(error);
    }
    return result;
  };
}

module.exports = { watchTwilio };
