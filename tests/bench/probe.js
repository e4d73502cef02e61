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
})();
