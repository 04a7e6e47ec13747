// What if: the bounds of `predict::sketch`, with the constants that the page holds.
const whatIf = $("[data-what-if]");
const bounds = (known, model, job, workers, cores) => {
  const split = () => {
    for (let p = Math.max(1, Math.min(cores, workers)); p > 1; p--) if (workers % p === 0) return p;
    return 1;
  };
  const locked = model.startsWith("gil");
  const processes = model === "processes" ? workers : model === "gil-hybrid" ? split() : 1;
  const several = model === "processes" || model === "gil-hybrid";
  const lanes = locked ? processes : workers;
  const efficiency = Math.min(lanes, cores) > 1 ? (several ? known.processes_efficiency : known.threads_efficiency) : 1;
  const cpu = (job.cpu_ns * (model === "free-threaded" ? known.free_threading_factor : 1)) / efficiency;
  let least = Math.min(workers / (cpu + job.io_ns), cores / Math.max(cpu, 1e-9));
  if (locked && workers / processes > 1) {
    const held = cpu + known.gap_ns * ((job.io_ns > 0 ? 1 : 0) + cpu / known.interval_ns);
    least = Math.min(least, processes / held);
  }
  if (known.passing_ns && several && job.bytes > 0) least = Math.min(least, 1 / (known.passing_ns[0] + known.passing_ns[1] * job.bytes));
  return least * 1e9;
};
if (whatIf) {
  const { constants, models, checks } = JSON.parse(whatIf.dataset.whatIf);
  // For the tests: how far the script is from the program.
  const off = checks.flatMap(([job, workers, cores, rates]) => models.map((model, at) => Math.abs(bounds(constants, model, job, workers, cores) / rates[at] - 1)));
  whatIf.dataset.off = Math.max(...off);
  const input = Object.fromEntries(["cpu", "io", "bytes", "workers", "cores"].map((id) => [id, $(`#what-${id}`)]));
  const round = (us) => Number(us.toPrecision(2));
  const read = () => ({
    cpu: round(10 ** input.cpu.value),
    io: input.io.value < 0 ? 0 : round(10 ** input.io.value),
    bytes: input.bytes.value < 0 ? 0 : 2 ** input.bytes.value,
    workers: 2 ** input.workers.value,
    cores: input.cores.value === input.cores.defaultValue ? constants.measured_cores : 2 ** input.cores.value,
  });
  const say = (en, zh) => (inChinese() ? zh : en);
  const answer = () => {
    const asked = read();
    const texts = { cpu: quantity(asked.cpu * 1e3, "ns"), io: quantity(asked.io * 1e3, "ns"), bytes: quantity(asked.bytes, "bytes"), workers: asked.workers, cores: asked.cores };
    if (!asked.io) texts.io = "0";
    if (!asked.bytes) texts.bytes = "0";
    for (const [id, text] of Object.entries(texts)) {
      $(`output[for=what-${id}]`).textContent = text;
      input[id].setAttribute("aria-valuetext", text);
    }
    const job = { cpu_ns: asked.cpu * 1e3, io_ns: asked.io * 1e3, bytes: asked.bytes };
    const rates = models.map((model) => bounds(constants, model, job, asked.workers, asked.cores));
    const most = Math.max(...rates);
    const alone = 1e9 / (job.cpu_ns + job.io_ns);
    models.forEach((model, place) => {
      const row = $(`.rate[data-model="${model}"]`);
      $("rect[height='10']", row).setAttribute("width", `${((100 * rates[place]) / most).toFixed(1)}%`);
      $(":scope > b", row).textContent = quantity(rates[place], "/s");
      $("small", row).textContent = `${plain(rates[place] / alone)}×`;
      row.classList.toggle("best", rates[place] > 0.95 * most);
    });
    const here = constants.measured_cores;
    $("#what-basis").textContent = asked.cores === here
      ? say(`On as many cores as were measured: ${here}.`, `核数与实测相同：${here}。`)
      : say(`Extrapolated: ${here} cores were measured, and nothing checks what is said of ${asked.cores}.`, `外推：实测为 ${here} 核，对 ${asked.cores} 核的说法没有任何检验。`);
    $("#what-command").textContent = `gilbench predict --cpu-us ${asked.cpu} --io-us ${asked.io} --workers ${asked.workers} --cores ${asked.cores}`;
  };
  for (const slider of Object.values(input)) slider.addEventListener("input", answer);
  for (const slider of Object.values(input)) slider.addEventListener("change", () => (at(whatIf), remember()));
  addEventListener("language", answer);
  choice("job", () => {
    const values = Object.values(input);
    return values.every((slider) => slider.value === slider.defaultValue) ? "" : values.map((slider) => slider.value).join("_");
  }, (to) => {
    to.split("_").forEach((text, place) => (Object.values(input)[place].value = text));
    answer();
  });
  answer();
}
