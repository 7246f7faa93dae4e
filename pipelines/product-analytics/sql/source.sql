-- Messages as text: one that is no event has to be seen to be told apart, and must not stop the job.
CREATE TEMPORARY TABLE raw_messages (
    message STRING,
    source_partition INT NOT NULL METADATA FROM 'partition' VIRTUAL,
    source_offset BIGINT NOT NULL METADATA FROM 'offset' VIRTUAL,
    -- The broker's clock: the topic stamps messages as they arrive.
    received_at TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
    -- A message without a believable time stands at the beginning of time: it closes no window. One from the future would
    -- close all windows up to there, and every real event after it would be late.
    event_time AS CASE
        WHEN TO_TIMESTAMP_LTZ({{event_timestamp}}, 3) <= received_at + INTERVAL '1' MINUTE
        THEN TO_TIMESTAMP_LTZ(GREATEST({{event_timestamp}}, CAST(0 AS BIGINT)), 3)
        ELSE TO_TIMESTAMP_LTZ(0, 3)
    END,
    WATERMARK FOR event_time AS event_time - INTERVAL {{watermark_seconds}} SECOND
) WITH (
    'connector' = 'kafka',
    'properties.bootstrap.servers' = {{brokers}},
    'properties.group.id' = 'flink-analytics-consumer',
    'topic' = {{raw_events_topic}},
    -- At high rates a request brings what came within some milliseconds, instead of a message or two.
    'properties.fetch.min.bytes' = '65536',
    'properties.fetch.max.wait.ms' = '20',
    'scan.startup.mode' = 'earliest-offset',
    'scan.topic-partition-discovery.interval' = '1 min',
    'format' = 'raw'
);
