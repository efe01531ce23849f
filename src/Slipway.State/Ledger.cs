using System.Data;
using Dapper;

namespace Slipway.State;

/// <summary>A thing that was made, or that others were made from: a commit, a build, a file.</summary>
/// <param name="Kind">What it is; the kinds are listed in docs/overview.md.</param>
/// <param name="Id">Which one.</param>
public readonly record struct Node(string Kind, string Id)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Id}";
}

/// <summary>The append-only record of what was made from what.</summary>
public sealed class Ledger(Database database)
{
    private const string Insertion = """
        INSERT INTO state_ledger (from_kind, from_id, to_kind, to_id)
        VALUES (@FromKind, @FromId, @ToKind, @ToId) ON CONFLICT DO NOTHING
        """;

    private const int MaxDepth = 64;

    /// <summary>Notes that <paramref name="from"/> was made from <paramref name="to"/>. Noting it again changes nothing.</summary>
    public static void Record(IDbTransaction transaction, Node from, Node to) => transaction.Connection!.Execute(
        Insertion, new { FromKind = from.Kind, FromId = from.Id, ToKind = to.Kind, ToId = to.Id }, transaction);

    /// <summary>Notes many at once.</summary>
    public static void Record(IDbTransaction transaction, IEnumerable<(Node From, Node To)> arrows) => transaction.Connection!.Execute(
        Insertion, arrows.Select(arrow => new { FromKind = arrow.From.Kind, FromId = arrow.From.Id, ToKind = arrow.To.Kind, ToId = arrow.To.Id }), transaction);

    /// <summary>Every arrow that leads from this thing back to what it was made from, nearest first.</summary>
    public IReadOnlyList<(Node From, Node To)> Back(Node start) => Follow(start, "from", "to");

    /// <summary>Every arrow that leads from things made of this one to it, nearest first.</summary>
    public IReadOnlyList<(Node From, Node To)> Forward(Node start) => Follow(start, "to", "from");

    /// <summary>What this thing was directly made from.</summary>
    public IReadOnlyList<Node> MadeFrom(Node node) => Direct(node, "from", "to");

    /// <summary>What was directly made from this thing.</summary>
    public IReadOnlyList<Node> MadeInto(Node node) => Direct(node, "to", "from");

    private List<(Node From, Node To)> Follow(Node start, string near, string far) => database.Read(connection =>
        connection.Query<(string FromKind, string FromId, string ToKind, string ToId)>(
            $"""
            WITH RECURSIVE reached (kind, id, depth) AS (
                SELECT @Kind, @Id, 0
                UNION
                SELECT l.{far}_kind, l.{far}_id, r.depth + 1
                FROM state_ledger l JOIN reached r ON l.{near}_kind = r.kind AND l.{near}_id = r.id
                WHERE r.depth < {MaxDepth})
            SELECT l.from_kind, l.from_id, l.to_kind, l.to_id
            FROM state_ledger l
            JOIN (SELECT kind, id, min(depth) AS depth FROM reached GROUP BY kind, id) r ON l.{near}_kind = r.kind AND l.{near}_id = r.id
            ORDER BY r.depth, l.from_kind, l.from_id, l.to_kind, l.to_id
            """,
            new { start.Kind, start.Id })
        .Select(e => (new Node(e.FromKind, e.FromId), new Node(e.ToKind, e.ToId)))
        .ToList());

    private List<Node> Direct(Node node, string near, string far) => database.Read(connection =>
        connection.Query<(string Kind, string Id)>(
            $"SELECT {far}_kind, {far}_id FROM state_ledger WHERE {near}_kind = @Kind AND {near}_id = @Id ORDER BY 1, 2",
            new { node.Kind, node.Id })
        .Select(n => new Node(n.Kind, n.Id))
        .ToList());
}
