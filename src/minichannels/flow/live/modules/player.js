// What plays: one step after another, at a speed.

/** The player of a view. */
export class Player {
  constructor(view) {
    this.view = view;
    this.speed = 1;
    this.timer = 0;
  }

  get playing() {
    return this.timer !== 0;
  }

  toggle() {
    const { view } = this;
    if (this.playing) this.pause();
    else {
      if (view.isAtEnd) view.move(0);
      this.wait();
      view.transport.draw();
    }
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.view.transport.draw();
  }

  wait() {
    this.timer = setTimeout(() => {
      this.view.move(this.view.at + 1, true);
      if (this.view.isAtEnd) this.pause();
      else this.wait();
    }, 1000 / this.speed);
  }
}
