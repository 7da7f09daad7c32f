'use strict';
// `require` gives the function itself, as `require('twilio')` does.
module.exports = require('./dist/index.js').default;
