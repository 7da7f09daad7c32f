// The thread of sockets, except that it can be made to end, and then for good.
import './without-successor.mjs';
import './mortal-socket-worker.mjs';
