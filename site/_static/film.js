// <course-film>: a training in pictures, moved by a slider or played. Without JavaScript its last
// picture and what it says stay.

customElements.define("course-film", class extends HTMLElement {
  connectedCallback() {
    this.frames = [...this.querySelectorAll("li")].map((item) => ({ address: item.dataset.picture, text: item.textContent }));
    this.image = this.querySelector("img");
    this.words = this.querySelector("p");
    this.words.setAttribute("role", "status");
    this.words.insertAdjacentHTML("beforebegin",
      '<div class="course-film-controls"><button type="button">Train</button><label>Epochs of training <input type="range" min="0" step="1"></label></div>');
    this.slider = this.querySelector("input");
    this.slider.max = this.slider.value = this.frames.length - 1;
    this.button = this.querySelector("button");
    this.slider.addEventListener("input", () => { this.stop(); this.show(Number(this.slider.value)); });
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
    const fetchAll = () => this.frames.forEach(({ address }) => { new Image().src = address; });
    addEventListener("load", fetchAll, { once: true });
  }
  show(i) {
    const { address, text } = this.frames[i];
    this.slider.value = i;
    this.slider.setAttribute("aria-valuetext", text.split(":")[0]);
    this.image.src = address;
    this.image.alt = this.words.textContent = text;
  }
  play() {
    let i = 0;
    this.button.textContent = "Stop";
    this.timer = setInterval(() => { this.show(i++); if (i === this.frames.length) this.stop(); }, 350);
    this.show(i++);
  }
  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.button.textContent = "Train";
  }
});
