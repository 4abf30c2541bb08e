-- f16 training: what the loss was multiplied by, and the steps so far that changed no weight; null in other types.
ALTER TABLE metrics ADD COLUMN loss_scale REAL;
ALTER TABLE metrics ADD COLUMN skipped_steps INTEGER;
