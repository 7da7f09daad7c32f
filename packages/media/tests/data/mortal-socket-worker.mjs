// The thread of sockets, except that it can be made to end.
import './mortal.mjs';
import '@tutti/media/socket-worker';
