// Submitting a job: the file goes up first, then the job is queued with what became of it.
const NUMBERS = new Set(["max_trials", "max_latency_ms", "max_size_mb", "priority"]);
const form = document.getElementById("submit");

if (form) {
  const file = form.elements.file;
  const drop = form.querySelector(".drop");
  const problem = document.getElementById("problem");
  let uploaded = null; // the file, and the path it has on the daemon's machine

  file.addEventListener("change", () => choose(file.files[0]));
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (drag) => {
      drag.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind !== "drop" || !drag.dataTransfer.files.length) return;
      file.files = drag.dataTransfer.files;
      choose(file.files[0]);
    });
  }

  function choose(one) {
    if (!one) return;
    document.getElementById("chosen").textContent = `${one.name}, ${(one.size / 1e6).toFixed(1)} MB`;
    const name = form.elements.name;
    if (!name.value) name.value = one.name.toLowerCase().replace(/\..*$/, "").replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+/, "");
  }

  form.addEventListener("submit", (submit) => {
    submit.preventDefault();
    send("/api/v1/jobs").then((job) => job && location.assign(`/jobs/${job.job}`));
  });
  document.getElementById("plan").addEventListener("click", () => send("/api/v1/plans").then((plan) => plan && showPlan(plan)));

  /** The answer, or null once the problem is shown. */
  async function send(address) {
    const buttons = [...form.querySelectorAll("button")];
    buttons.forEach((button) => (button.disabled = true));
    problem.textContent = "";
    try {
      return await post(address, await said());
    } catch (error) {
      problem.textContent = error.message;
      return null;
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
  }

  async function said() {
    const found = {};
    for (const field of form.elements) {
      if (!field.name || field.type === "file" || field.value.trim() === "") continue;
      found[field.name] = NUMBERS.has(field.name) ? Number(field.value) : field.value.trim();
    }
    if (file.files.length) found.dataset = await upload(file.files[0]);
    if (!found.dataset) throw new Error("Choose a file, or say where the data are on the daemon's machine.");
    if (!found.name) throw new Error("Give the job a name.");
    return found;
  }

  function upload(one) {
    if (uploaded?.file === one) return uploaded.path;
    const bar = document.getElementById("sent");
    const body = new FormData();
    body.append("file", one);
    bar.hidden = false;
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", "/api/v1/datasets");
      request.upload.onprogress = (step) => (bar.value = step.loaded / step.total);
      request.onerror = () => reject(new Error("The daemon does not answer."));
      request.onload = () => {
        const answer = JSON.parse(request.responseText || "{}");
        if (request.status >= 300) return reject(new Error(answer.detail ?? "The upload was refused."));
        uploaded = { file: one, path: answer.dataset };
        resolve(answer.dataset);
      };
      request.onloadend = () => (bar.hidden = true);
      request.send(body);
    });
  }
}

async function post(address, body) {
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The daemon does not answer.");
  }
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail);
  return found;
}

function showPlan(plan) {
  const section = document.getElementById("planned");
  const total = plan.seconds.total;
  const trials = plan.trials === null ? "" : `, about ${plan.trials} trials`;
  const time = total === null ? "it cannot be told how long it takes before the candidates are measured" : `about ${span(total)}`;
  document.getElementById("plan-words").textContent = `${plan.samples.toLocaleString("en")} samples; ${time}${trials}. ${plan.notes.map((note) => `${note}.`).join(" ")}`;
  const rows = plan.candidates.map((one) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = one.candidate;
    row.append(head, ...[one.is_searched ? "yes" : "no", one.licence ?? "not stated", one.why].map(cell));
    return row;
  });
  document.getElementById("plan-candidates").replaceChildren(...rows);
  section.hidden = false;
  section.focus();
  section.scrollIntoView({ block: "nearest" });
}

function cell(text) {
  const found = document.createElement("td");
  found.textContent = text;
  return found;
}

function span(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
