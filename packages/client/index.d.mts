import twilio from './index.cjs';
// oxlint-disable-next-line import/no-default-export -- as twilio has it
export default twilio;
