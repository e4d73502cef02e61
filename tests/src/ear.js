// Runs before the page's own scripts, in every document of a test browser.
//
// It stands where the browser meets the person: the microphone plays a tone, and what the page
// plays to its person is listened to. It wraps browser interfaces and knows nothing of the app.
(() => {
  if (window.__ear) return;
  const settings = /*SETTINGS*/{};
  const ear = {
    tone: settings.tone,
    microphone: settings.microphone,
    asked: 0,           // calls of getUserMedia
    opened: 0,          // peer connections
    closed: 0,
    microphones: [],    // tracks that getUserMedia gave, and their clones
    remote: new Map(),  // remote track id -> what listens to it
    notifications: [],
    digits: "",         // DTMF heard from the far end, since the page was loaded
  };
  Object.defineProperty(window, "__ear", { value: ear });

  const own = new Set(); // AudioContexts of this script
  const ownContext = () => {
    const context = new AudioContext();
    own.add(context);
    return context;
  };

  // ---- what the page plays by itself: ringing, ringback
  const outputs = new Map(); // AudioContext or media element of the page -> analyser
  const analyserIn = (context) => {
    const analyser = context.createAnalyser();
    // The longest: it looks back 0.7 s, so that whoever asks seldom misses no beep.
    analyser.fftSize = 32768;
    return analyser;
  };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode && !own.has(this.context)) {
      if (!outputs.has(this.context)) outputs.set(this.context, analyserIn(this.context));
      connect.call(this, outputs.get(this.context));
    }
    return connect.call(this, target, ...rest);
  };
  let elementContext;
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (!this.srcObject && !outputs.has(this)) {
      elementContext ??= ownContext();
      elementContext.resume();
      const analyser = analyserIn(elementContext);
      outputs.set(this, analyser);
      const capture = () => {
        const stream = this.captureStream();
        if (stream.getAudioTracks().length === 0) return;
        elementContext.createMediaStreamSource(stream).connect(analyser);
        this.removeEventListener("playing", capture);
      };
      this.addEventListener("playing", capture);
      for (const end of ["pause", "ended", "emptied"]) {
        this.addEventListener(end, () => setTimeout(() => this.paused && outputs.delete(this)));
      }
    }
    return play.call(this);
  };
  const isSounding = (output) =>
    output instanceof HTMLMediaElement
      ? !output.paused && !output.muted && output.volume > 0
      : output.state === "running";
  // Root mean square of what the page itself plays, in dBFS.
  ear.own = () => {
    let loudest = -120;
    for (const [output, analyser] of outputs) {
      if (!isSounding(output)) continue;
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
      loudest = Math.max(loudest, 10 * Math.log10(power + 1e-12));
    }
    return loudest;
  };
  // How many sound files are being played, also in their pauses.
  ear.playing = () =>
    [...outputs.keys()].filter((o) => o instanceof HTMLMediaElement && isSounding(o)).length;

  // ---- the microphone
  const devices = navigator.mediaDevices;
  const refuse = {
    denied: () => new DOMException("Permission denied", "NotAllowedError"),
    missing: () => new DOMException("Requested device not found", "NotFoundError"),
  };
  const remember = (track) => {
    ear.microphones.push(track);
    return track;
  };
  let toneContext;
  const toneTrack = () => {
    toneContext ??= ownContext();
    toneContext.resume();
    const oscillator = toneContext.createOscillator();
    oscillator.frequency.value = ear.tone;
    const gain = toneContext.createGain();
    gain.gain.value = 0.2;
    const destination = toneContext.createMediaStreamDestination();
    oscillator.connect(gain).connect(destination);
    oscillator.start();
    const [track] = destination.stream.getAudioTracks();
    const stop = track.stop;
    track.stop = function () {
      stop.call(this);
      oscillator.stop();
    };
    return track;
  };
  if (devices) {
    const real = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints = {}) => {
      ear.asked += 1;
      const stream = new MediaStream();
      if (constraints.audio) {
        if (refuse[ear.microphone]) throw refuse[ear.microphone]();
        stream.addTrack(remember(toneTrack()));
      }
      if (constraints.video) {
        const camera = await real({ video: constraints.video });
        camera.getVideoTracks().forEach((track) => stream.addTrack(track));
      }
      return stream;
    };
    const enumerate = devices.enumerateDevices.bind(devices);
    devices.enumerateDevices = async () => {
      const all = await enumerate();
      return ear.microphone === "missing" ? all.filter((d) => d.kind !== "audioinput") : all;
    };
    const query = navigator.permissions.query.bind(navigator.permissions);
    navigator.permissions.query = (descriptor) => {
      if (descriptor?.name !== "microphone") return query(descriptor);
      const status = new EventTarget();
      status.state = ear.microphone === "denied" ? "denied" : "granted";
      status.onchange = null;
      return Promise.resolve(status);
    };
  }
  const clone = MediaStreamTrack.prototype.clone;
  MediaStreamTrack.prototype.clone = function () {
    const copy = clone.call(this);
    return ear.microphones.includes(this) ? remember(copy) : copy;
  };
  // A microphone is plugged in where there was none.
  ear.plugIn = () => {
    ear.microphone = "tone";
    devices.dispatchEvent(new Event("devicechange"));
  };
  // The microphone is pulled out while it is in use; another one, of another tone, is there.
  ear.pullOut = (tone) => {
    ear.tone = tone;
    for (const track of ear.microphones.filter((t) => t.readyState === "live")) {
      // A page that stops a track itself is not told, so it is told here.
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
  };
  ear.liveMicrophones = () => ear.microphones.filter((t) => t.readyState === "live").length;

  // ---- what is played to the person: media elements, in the document or not
  const elements = [];
  const property = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...property,
    set(stream) {
      if (!elements.some((known) => known.deref() === this)) elements.push(new WeakRef(this));
      property.set.call(this, stream);
    },
  });
  const isPlayed = (track) =>
    elements.some((known) => {
      const element = known.deref();
      return (
        element?.srcObject?.getTracks().some((t) => t.id === track.id) &&
        !element.paused && !element.muted && element.volume > 0
      );
    });

  // ---- peer connections
  const Real = window.RTCPeerConnection;
  let hearing;
  const listenTo = (track) => {
    if (track.kind !== "audio" || ear.remote.get(track.id)?.track === track) return;
    hearing ??= ownContext();
    hearing.resume();
    const source = hearing.createMediaStreamSource(new MediaStream([track]));
    const analyser = hearing.createAnalyser();
    analyser.fftSize = 16384;
    analyser.smoothingTimeConstant = 0;
    source.connect(analyser);
    detectDigits(track);
    ear.remote.set(track.id, { track, analyser, source });
    track.addEventListener("ended", () => forget(track));
  };
  const forget = (track) => {
    ear.remote.get(track?.id)?.source.disconnect();
    ear.remote.delete(track?.id);
  };
  window.RTCPeerConnection = class RTCPeerConnection extends Real {
    constructor(...args) {
      super(...args);
      ear.opened += 1;
      this.addEventListener("track", (event) => listenTo(event.track));
    }
    close() {
      if (this.signalingState !== "closed") {
        ear.closed += 1;
        // The tracks of a closed connection end without an event.
        this.getReceivers().forEach(({ track }) => forget(track));
      }
      super.close();
    }
  };
  ear.openConnections = () => ear.opened - ear.closed;

  // ---- DTMF: which pair of frequencies sounds (ITU-T Q.23), by Goertzel's algorithm
  const rows = [697, 770, 852, 941];
  const columns = [1209, 1336, 1477, 1633];
  const keys = ["123A", "456B", "789C", "*0#D"];
  const powerAt = (samples, frequency, rate) => {
    const c = 2 * Math.cos((2 * Math.PI * frequency) / rate);
    let [a, b] = [0, 0];
    for (const x of samples) [a, b] = [x + c * a - b, a];
    return (a * a + b * b - c * a * b) / (samples.length * samples.length);
  };
  // From now on as if no far end had agreed to telephone-event (WebRTC 1.0, sections 7.2 and 7.3).
  ear.withoutTelephoneEvents = () => {
    Object.defineProperty(RTCDTMFSender.prototype, "canInsertDTMF", { get: () => false });
    RTCDTMFSender.prototype.insertDTMF = () => {
      throw new DOMException("telephone-event was not negotiated", "InvalidStateError");
    };
  };
  // Reads the track itself, which is buffered: a busy page is late, but misses nothing.
  const detectDigits = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 500 }).readable.getReader();
    const window = new Float32Array(1024);
    let [candidate, times, current, unclear] = ["", 0, "", 0];
    for (;;) {
      const { value: audio, done } = await reader.read();
      if (done) return;
      const count = audio.numberOfFrames; // of 10 ms
      const rate = audio.sampleRate;
      const chunk = new Float32Array(count);
      audio.copyTo(chunk, { planeIndex: 0, format: "f32-planar" });
      audio.close();
      window.copyWithin(0, count);
      window.set(chunk.subarray(0, 1024), Math.max(0, 1024 - count));
      const strongest = (frequencies) => {
        const powers = frequencies.map((f) => powerAt(window, f, rate));
        const best = powers.indexOf(Math.max(...powers));
        const others = powers.filter((_, i) => i !== best);
        const clear = powers[best] > 1e-4 && powers[best] > 6 * Math.max(...others);
        return clear ? best : -1;
      };
      const [row, column] = [strongest(rows), strongest(columns)];
      if (row < 0 || column < 0 || !isPlayed(track)) {
        // Within a digit there are windows that tell nothing; between two there are more.
        unclear += 1;
        times = 0;
        if (unclear >= 3) current = "";
        continue;
      }
      unclear = 0;
      const digit = keys[row][column];
      times = digit === candidate ? times + 1 : 1;
      candidate = digit;
      // Where a digit begins or ends, one window alone may look like another. There need not be
      // a gap: a receiver fills what is missing between two with more of the first.
      if (times === 2 && digit !== current) {
        ear.digits += digit;
        current = digit;
      }
    }
  };

  // What arrives at the person: for each of `tones` its level in dB and how far it stands out from
  // its surroundings; and the level of everything that is none of them.
  ear.hear = (tones) => {
    const powers = new Map(tones.map((tone) => [tone, { level: 0, around: 0 }]));
    let other = 0;
    for (const { track, analyser } of ear.remote.values()) {
      if (track.readyState !== "live" || !isPlayed(track)) continue;
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      const width = hearing.sampleRate / analyser.fftSize;
      const power = (bin) => (bins[bin] > -200 ? 10 ** (bins[bin] / 10) : 0);
      const strongestIn = (low, high) => {
        let best = 0;
        for (let bin = Math.ceil(low / width); bin * width <= high; bin += 1) {
          best = Math.max(best, power(bin));
        }
        return best;
      };
      for (const [tone, sums] of powers) {
        sums.level += strongestIn(tone - 5, tone + 5);
        sums.around += Math.max(
          strongestIn(tone - 60, tone - 20), strongestIn(tone + 20, tone + 60));
      }
      for (let bin = Math.ceil(150 / width); bin * width <= 3800; bin += 1) {
        if (tones.every((tone) => Math.abs(bin * width - tone) > 30)) other += power(bin);
      }
    }
    const decibel = (x) => 10 * Math.log10(x + 1e-12);
    return {
      tones: tones.map((tone) => {
        const { level, around } = powers.get(tone);
        return { level: decibel(level), contrast: decibel(level) - decibel(around) };
      }),
      other: decibel(other),
    };
  };

  // ---- notifications
  if (window.Notification) {
    const Native = window.Notification;
    window.Notification = class Notification extends Native {
      constructor(title, options) {
        super(title, options);
        this.entry = { title, body: options?.body ?? "", shown: true };
        ear.notifications.push(this.entry);
      }
      close() {
        this.entry.shown = false;
        super.close();
      }
    };
  }
})();
