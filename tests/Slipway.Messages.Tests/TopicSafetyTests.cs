using Slipway.Messages.Brokers;

namespace Slipway.Messages.Tests;

public sealed class TopicSafetyTests
{
    private static readonly TopicSettings Safe = new("fedora", 3, 2, TimeSpan.FromDays(7));

    private static (string, string?)[] Faults(TopicSettings topic, int brokers = 3) => [.. TopicSafety.Judge(topic, brokers).Select(fault => (fault.Setting, fault.Wanted))];

    [Fact]
    public void Three_replicas_of_which_two_are_in_sync_are_safe_and_so_is_all_that_a_single_broker_can_give()
    {
        Assert.Empty(Faults(Safe));
        Assert.Empty(Faults(Safe with { Retention = null }));
        Assert.Empty(Faults(Safe with { Replicas = 1, MinInSync = 1 }, brokers: 1));
    }

    [Fact]
    public void The_hour_that_old_runner_topics_keep_is_too_short() => Assert.Equal([("retention.ms", "604800000")], Faults(Safe with { Retention = TimeSpan.FromHours(1) }));

    [Fact]
    public void Questions_need_not_be_kept_for_long() => Assert.Empty(Faults(Safe with { Topic = Topics.InfoRequest, Retention = TimeSpan.FromMinutes(30) }));

    [Fact]
    public void One_broker_in_sync_is_not_enough_where_there_are_three() => Assert.Equal([("min.insync.replicas", "2")], Faults(Safe with { MinInSync = 1 }));

    [Fact]
    public void Two_replicas_want_a_third_and_must_not_demand_both() =>
        Assert.Equal([("replication.factor", null)], Faults(Safe with { Replicas = 2, MinInSync = 1 }));

    [Fact]
    public void A_minimum_that_nothing_can_reach_is_mended() => Assert.Contains(("min.insync.replicas", "1"), Faults(Safe with { Replicas = 1, MinInSync = 2 }));

    [Fact]
    public void Compacting_would_drop_all_but_the_last_answer() => Assert.Equal([("cleanup.policy", "delete")], Faults(Safe with { CleanupPolicy = "compact" }));
}
