"""The wiring of the Anklet pod: its nets and the rules that they keep."""
