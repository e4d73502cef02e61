// Runs before the scripts of every measured page, after the hearing script: notes when which SIP
// request left and when the person clicked, in milliseconds since the navigation began.
(() => {
  const probe = { sent: {}, clicked: 0, stun: [] };
  Object.defineProperty(window, "__probe", { value: probe });
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    probe.sent[text.slice(0, text.indexOf(" "))] ??= performance.now();
    return send.call(this, data);
  };
  addEventListener("click", (event) => { probe.clicked = event.timeStamp; }, true);
  addEventListener("keydown", (event) => { if (event.key === "Enter") probe.clicked = event.timeStamp; }, true);
  const Wrapped = window.RTCPeerConnection;
  window.RTCPeerConnection = class RTCPeerConnection extends Wrapped {
    constructor(configuration = {}, ...rest) {
      const iceServers = [...(configuration.iceServers ?? []), ...probe.stun];
      super({ ...configuration, iceServers }, ...rest);
    }
  };
  // When the first sound of a far end arrives, seen from the wall clock that all pages share.
  probe.firstSound = async () => {
    for (;;) {
      for (const { analyser } of window.__ear.remote.values()) {
        const samples = new Float32Array(512); // the newest 10 ms
        analyser.getFloatTimeDomainData(samples);
        if (samples.some((x) => Math.abs(x) > 0.01)) return performance.timeOrigin + performance.now();
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  // When a call rings here, seen from that clock.
  probe.rings = async () => {
    while (!document.querySelector("[role=alertdialog]")) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return performance.timeOrigin + performance.now();
  };
  // When the far end begins to play this tone, seen from that clock, and how many milliseconds of
  // nothing there were in the audio before, after whatever was heard until then.
  probe.turnsTo = async (tone) => {
    const [{ track }] = window.__ear.remote.values();
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 500 }).readable.getReader();
    let heardUntil;
    for (;;) {
      const { value: audio } = await reader.read();
      const samples = new Float32Array(audio.numberOfFrames); // 10 ms
      audio.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      const [begins, lasts] = [audio.timestamp / 1000, audio.duration / 1000];
      const turn = 2 * Math.cos((2 * Math.PI * tone) / audio.sampleRate);
      audio.close();
      let [a, b, all] = [0, 0, 0];
      for (const x of samples) {
        [a, b] = [x + turn * a - b, a];
        all += x * x;
      }
      const power = all / samples.length;
      if (power < 1e-5) continue;
      // Of a sine, it is half of the power.
      const ofTone = (a * a + b * b - turn * a * b) / (samples.length * samples.length);
      if (power > 1e-3 && ofTone > 0.35 * power) {
        await reader.cancel();
        return { at: performance.timeOrigin + performance.now(), silence: begins - (heardUntil ?? begins) };
      }
      heardUntil = begins + lasts;
    }
  };
})();
