using System.Data;
using Dapper;
using Slipway.Messages;
using Slipway.Messages.Brokers;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>
/// Messages that leave in the same transaction as what they report: written beside it first, sent afterwards.
/// A crash between sending and forgetting sends a message twice, never none.
/// </summary>
public sealed class Outbox(Database database, IBroker broker)
{
    private const int Batch = 500;
    private readonly Lock _sending = new();

    internal static void Add(IDbTransaction transaction, string topic, string key, byte[] body) => transaction.Connection!.Execute(
        "INSERT INTO builds_outbox(topic, key, body) VALUES(@topic, @key, @body)", new { topic, key, body }, transaction);

    internal static void Add(IDbTransaction transaction, BuildResponse response) =>
        Add(transaction, Topics.Response, response.RequestId, MessageCodec.Write(response));

    private sealed record Row(long Id, string Topic, string Key, byte[] Body);

    /// <summary>Sends everything that waits, in order; returns how much that was.</summary>
    public int Send()
    {
        // Two at once would send the same messages twice.
        lock (_sending) return SendWaiting();
    }

    private int SendWaiting()
    {
        var sent = 0;
        while (true)
        {
            var rows = database.Read(connection => connection.Query<Row>(
                "SELECT id AS Id, topic AS Topic, key AS Key, body AS Body FROM builds_outbox ORDER BY id LIMIT @Batch", new { Batch }).ToList());
            if (rows.Count == 0) return sent;
            broker.Publish([.. rows.Select(row => new OutgoingMessage(row.Topic, row.Key, row.Body))]);
            database.Write(transaction => transaction.Connection!.Execute("DELETE FROM builds_outbox WHERE id <= @last", new { last = rows[^1].Id }, transaction));
            sent += rows.Count;
        }
    }
}
