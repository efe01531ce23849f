using System.Data;
using System.Text.Json;
using Dapper;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>Writes what the planner decides into the queue: what must wait says why, what may run is queued.</summary>
internal sealed class PlanKeeper(Database database)
{
    private sealed class Row
    {
        public long Id { get; init; }
        public string Package { get; init; } = "";
        public string Project { get; init; } = "";
        public string Dist { get; init; } = "";
        public string Arch { get; init; } = "";
        public string RunnerGroup { get; init; } = "";
        public bool Image { get; init; }
        public string State { get; init; } = "";
        public bool Live { get; init; }
        public string Produces { get; init; } = "[]";
        public string Needs { get; init; } = "[]";
        public string? Reason { get; init; }
    }

    public void Keep(IReadOnlyList<ServedGroup> served)
    {
        var rows = database.Read(connection => Active(connection, null));
        if (Changes(rows, served).Count == 0) return;
        database.Write(transaction =>
        {
            foreach (var (id, state, reason) in Changes(Active(transaction.Connection!, transaction), served))
                transaction.Connection!.Execute("UPDATE builds_build SET state = @state, reason = @reason WHERE id = @id", new { id, state, reason }, transaction);
        });
    }

    private static List<(long Id, string State, string? Reason)> Changes(List<Row> rows, IReadOnlyList<ServedGroup> served)
    {
        var states = rows.ToDictionary(row => row.Id);
        var plan = Planner.Plan([.. rows.Select(Planned)], served);
        var changes = new List<(long, string, string?)>();
        foreach (var id in plan.Ready.Where(id => states[id].State == "waiting")) changes.Add((id, "queued", null));
        foreach (var hold in plan.Holds.Where(hold => states[hold.Build] is var row && (row.State != "waiting" || row.Reason != hold.Reason)))
            changes.Add((hold.Build, "waiting", hold.Reason));
        return changes;
    }

    private static PlannedBuild Planned(Row row) => new(
        row.Id, row.Package, row.Project, row.Dist, row.Arch, row.RunnerGroup, row.Image, StateWords.Build(row.State), row.Live,
        JsonSerializer.Deserialize<List<string>>(row.Produces)!, JsonSerializer.Deserialize<List<string>>(row.Needs)!);

    private static List<Row> Active(IDbConnection connection, IDbTransaction? transaction) => connection.Query<Row>("""
        SELECT id AS Id, package AS Package, project AS Project, dist AS Dist, arch AS Arch, runner_group AS RunnerGroup, image AS Image, state AS State,
            EXISTS (SELECT 1 FROM builds_attempt a WHERE a.build_id = b.id AND a.state IN ('leased', 'preparing', 'building', 'collecting')) AS Live,
            produces AS Produces, needs AS Needs, reason AS Reason
        FROM builds_build b
        WHERE state IN ('queued', 'waiting', 'running') OR (state = 'succeeded' AND snapshot IS NULL)
            OR (state = 'failed' AND id = (SELECT max(id) FROM builds_build n WHERE n.package = b.package AND n.dist = b.dist AND n.arch = b.arch AND n.image = b.image))
            OR (state = 'cancelled' AND EXISTS (SELECT 1 FROM builds_attempt a WHERE a.build_id = b.id AND a.state IN ('leased', 'preparing', 'building', 'collecting')))
        """, transaction: transaction).ToList();
}
