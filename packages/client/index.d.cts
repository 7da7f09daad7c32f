import twilio from './dist/index.js';
export = twilio;
