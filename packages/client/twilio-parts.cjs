'use strict';
/**
 * Parts of twilio that have no name of their own to be imported by: what a default export of one
 * of its modules is, depends on whether the importing module is CommonJS.
 */
const { dirname, join, sep } = require('node:path');

const lib = join(dirname(require.resolve('twilio/package.json')), 'lib') + sep;

/** Calls `onModule(path, exports)` for each module of twilio that is loaded; paths as in `lib`. */
function eachLoaded(onModule) {
  for (const [filename, module] of Object.entries(require.cache)) {
    if (filename.startsWith(lib) && module.loaded) {
      onModule(filename.slice(lib.length).replaceAll(sep, '/'), module.exports);
    }
  }
}

module.exports = {
  Page: require('twilio/lib/base/Page').default,
  V1: require('twilio/lib/rest/conversations/V1').default,
  eachLoaded,
};
