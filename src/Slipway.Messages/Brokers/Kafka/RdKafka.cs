using System.Runtime.InteropServices;

namespace Slipway.Messages.Brokers.Kafka;

/// <summary>The part of librdkafka's interface that is used here; names and values are those of its header.</summary>
internal static unsafe partial class RdKafka
{
    private const string Library = "librdkafka.so.1";

    public const int Producer = 0, Consumer = 1;
    public const int AnyPartition = -1, CopyPayload = 2, OffsetBeginning = -2;
    public const int AssignPartitions = -175, RevokePartitions = -174, PartitionEnd = -191, NoOffset = -168, QueueFull = -184, UnknownTopic = 3;
    public const int ResourceTopic = 2, DynamicTopicConfig = 1;
    public const int AnyAdminOperation = 0;

    /// <summary>rd_kafka_message_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public int Error;
        public nint Topic;
        public int Partition;
        public byte* Payload;
        public nuint Length;
        public byte* Key;
        public nuint KeyLength;
        public long Offset;
        public nint Private;
    }

    /// <summary>rd_kafka_topic_partition_list_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PartitionList
    {
        public int Count;
        public int Size;
        public PartitionEntry* Entries;
    }

    /// <summary>rd_kafka_topic_partition_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PartitionEntry
    {
        public byte* Topic;
        public int Partition;
        public long Offset;
        public nint Metadata;
        public nuint MetadataLength;
        public nint Opaque;
        public int Error;
        public nint Private;
    }

    /// <summary>rd_kafka_metadata_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Metadata
    {
        public int BrokerCount;
        public nint Brokers;
        public int TopicCount;
        public MetadataTopic* Topics;
    }

    /// <summary>rd_kafka_metadata_topic_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MetadataTopic
    {
        public byte* Name;
        public int PartitionCount;
        public MetadataPartition* Partitions;
        public int Error;
    }

    /// <summary>rd_kafka_metadata_partition_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MetadataPartition
    {
        public int Id;
        public int Error;
        public int Leader;
        public int ReplicaCount;
        public nint Replicas;
        public int InSyncCount;
        public nint InSync;
    }

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")] public static partial nint ConfNew();
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_destroy")] public static partial void ConfDestroy(nint conf);
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)] public static partial int ConfSet(nint conf, string name, string value, byte* error, nuint size);
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_opaque")] public static partial void ConfSetOpaque(nint conf, nint opaque);
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_dr_msg_cb")] public static partial void ConfSetDelivered(nint conf, delegate* unmanaged<nint, Message*, nint, void> callback);
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_rebalance_cb")] public static partial void ConfSetRebalance(nint conf, delegate* unmanaged<nint, int, PartitionList*, nint, void> callback);
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_error_cb")] public static partial void ConfSetError(nint conf, delegate* unmanaged<nint, int, nint, nint, void> callback);
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_log_cb")] public static partial void ConfSetLog(nint conf, delegate* unmanaged<nint, int, nint, nint, void> callback);
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_oauthbearer_token_refresh_cb")] public static partial void ConfSetTokenRefresh(nint conf, delegate* unmanaged<nint, nint, nint, void> callback);
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_enable_sasl_queue")] public static partial void ConfEnableSaslQueue(nint conf, int enable);
    [LibraryImport(Library, EntryPoint = "rd_kafka_sasl_background_callbacks_enable")] public static partial nint SaslInBackground(nint client);
    [LibraryImport(Library, EntryPoint = "rd_kafka_oauthbearer_set_token", StringMarshalling = StringMarshalling.Utf8)] public static partial int SetToken(nint client, string token, long expires, string principal, nint extensions, nuint count, byte* error, nuint size);
    [LibraryImport(Library, EntryPoint = "rd_kafka_oauthbearer_set_token_failure", StringMarshalling = StringMarshalling.Utf8)] public static partial int SetTokenFailure(nint client, string reason);
    [LibraryImport(Library, EntryPoint = "rd_kafka_error_destroy")] public static partial void ErrorDestroy(nint error);

    [LibraryImport(Library, EntryPoint = "rd_kafka_new")] public static partial nint New(int type, nint conf, byte* error, nuint size);
    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")] public static partial void Destroy(nint client);
    [LibraryImport(Library, EntryPoint = "rd_kafka_opaque")] public static partial nint Opaque(nint client);
    [LibraryImport(Library, EntryPoint = "rd_kafka_poll")] public static partial int Poll(nint client, int milliseconds);
    [LibraryImport(Library, EntryPoint = "rd_kafka_err2str")] public static partial nint ErrorText(int error);
    [LibraryImport(Library, EntryPoint = "rd_kafka_last_error")] public static partial int LastError();

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_new", StringMarshalling = StringMarshalling.Utf8)] public static partial nint TopicNew(nint client, string topic, nint conf);
    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_destroy")] public static partial void TopicDestroy(nint topic);
    [LibraryImport(Library, EntryPoint = "rd_kafka_produce")] public static partial int Produce(nint topic, int partition, int flags, byte* payload, nuint length, byte* key, nuint keyLength, nint opaque);

    [LibraryImport(Library, EntryPoint = "rd_kafka_poll_set_consumer")] public static partial int PollSetConsumer(nint client);
    [LibraryImport(Library, EntryPoint = "rd_kafka_subscribe")] public static partial int Subscribe(nint client, PartitionList* topics);
    [LibraryImport(Library, EntryPoint = "rd_kafka_assign")] public static partial int Assign(nint client, PartitionList* partitions);
    [LibraryImport(Library, EntryPoint = "rd_kafka_commit")] public static partial int Commit(nint client, PartitionList* offsets, int async);
    [LibraryImport(Library, EntryPoint = "rd_kafka_consumer_poll")] public static partial Message* ConsumerPoll(nint client, int milliseconds);
    [LibraryImport(Library, EntryPoint = "rd_kafka_consumer_close")] public static partial int ConsumerClose(nint client);
    [LibraryImport(Library, EntryPoint = "rd_kafka_message_destroy")] public static partial void MessageDestroy(Message* message);
    [LibraryImport(Library, EntryPoint = "rd_kafka_message_timestamp")] public static partial long MessageTimestamp(Message* message, out int kind);
    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_partition_list_new")] public static partial PartitionList* ListNew(int size);
    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_partition_list_destroy")] public static partial void ListDestroy(PartitionList* list);
    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_partition_list_add", StringMarshalling = StringMarshalling.Utf8)] public static partial PartitionEntry* ListAdd(PartitionList* list, string topic, int partition);

    [LibraryImport(Library, EntryPoint = "rd_kafka_metadata")] public static partial int GetMetadata(nint client, int allTopics, nint onlyTopic, out Metadata* metadata, int milliseconds);
    [LibraryImport(Library, EntryPoint = "rd_kafka_metadata_destroy")] public static partial void MetadataDestroy(Metadata* metadata);
    [LibraryImport(Library, EntryPoint = "rd_kafka_query_watermark_offsets", StringMarshalling = StringMarshalling.Utf8)] public static partial int Watermarks(nint client, string topic, int partition, out long low, out long high, int milliseconds);

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_new")] public static partial nint QueueNew(nint client);
    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_destroy")] public static partial void QueueDestroy(nint queue);
    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_poll")] public static partial nint QueuePoll(nint queue, int milliseconds);
    [LibraryImport(Library, EntryPoint = "rd_kafka_event_destroy")] public static partial void EventDestroy(nint happened);
    [LibraryImport(Library, EntryPoint = "rd_kafka_event_error")] public static partial int EventError(nint happened);
    [LibraryImport(Library, EntryPoint = "rd_kafka_ConfigResource_new", StringMarshalling = StringMarshalling.Utf8)] public static partial nint ResourceNew(int type, string name);
    [LibraryImport(Library, EntryPoint = "rd_kafka_ConfigResource_destroy")] public static partial void ResourceDestroy(nint resource);
    [LibraryImport(Library, EntryPoint = "rd_kafka_ConfigResource_set_config", StringMarshalling = StringMarshalling.Utf8)] public static partial int ResourceSet(nint resource, string name, string value);
    [LibraryImport(Library, EntryPoint = "rd_kafka_ConfigResource_error")] public static partial int ResourceError(nint resource);
    [LibraryImport(Library, EntryPoint = "rd_kafka_ConfigResource_configs")] public static partial nint* ResourceConfigs(nint resource, out nuint count);
    [LibraryImport(Library, EntryPoint = "rd_kafka_ConfigEntry_name")] public static partial nint EntryName(nint entry);
    [LibraryImport(Library, EntryPoint = "rd_kafka_ConfigEntry_value")] public static partial nint EntryValue(nint entry);
    [LibraryImport(Library, EntryPoint = "rd_kafka_ConfigEntry_source")] public static partial int EntrySource(nint entry);
    [LibraryImport(Library, EntryPoint = "rd_kafka_DescribeConfigs")] public static partial void DescribeConfigs(nint client, nint* resources, nuint count, nint options, nint queue);
    [LibraryImport(Library, EntryPoint = "rd_kafka_event_DescribeConfigs_result")] public static partial nint DescribeResult(nint happened);
    [LibraryImport(Library, EntryPoint = "rd_kafka_DescribeConfigs_result_resources")] public static partial nint* DescribeResources(nint result, out nuint count);
    [LibraryImport(Library, EntryPoint = "rd_kafka_AlterConfigs")] public static partial void AlterConfigs(nint client, nint* resources, nuint count, nint options, nint queue);
    [LibraryImport(Library, EntryPoint = "rd_kafka_event_AlterConfigs_result")] public static partial nint AlterResult(nint happened);
    [LibraryImport(Library, EntryPoint = "rd_kafka_AlterConfigs_result_resources")] public static partial nint* AlterResources(nint result, out nuint count);

    public static string Text(int error) => Marshal.PtrToStringUTF8(ErrorText(error)) ?? $"error {error}";
}
