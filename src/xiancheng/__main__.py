"""``python -m xiancheng``."""

from xiancheng.cli import main

if __name__ == "__main__":
    main()
