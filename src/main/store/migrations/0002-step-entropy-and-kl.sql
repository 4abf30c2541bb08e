-- NULL: not measured (plain SFT has no opponent; steps from before this version).
ALTER TABLE metrics ADD COLUMN entropy REAL;
ALTER TABLE metrics ADD COLUMN kl REAL;
ALTER TABLE metrics ADD COLUMN kl_per_token REAL;
