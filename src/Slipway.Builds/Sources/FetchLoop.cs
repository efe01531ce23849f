using System.Data;
using Dapper;
using Slipway.Content;
using Slipway.Messages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>
/// Sees new commits on a branch and asks for builds of what they touch. The branch's last handled commit moves in the same
/// transaction in which the requests, their pins and the faults are written: nothing is lost or asked twice, whenever it dies.
/// </summary>
public sealed class FetchLoop(SourceRepository source, Database database, ContentStore store, Outbox outbox, BuildBells bells, Identity identity, Action<string> say)
{
    /// <summary>Time between two looks when nobody rings. Unset: 5 seconds.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Handles the branch's newest commit when it is a new one; false when there was nothing to do.</summary>
    public bool Step()
    {
        if (source.Head() is not { } head) return false;
        var last = database.Read(connection => connection.ExecuteScalar<string?>(
            "SELECT commit_id FROM builds_cursor WHERE repository = @Name AND branch = @Branch", new { source.Name, source.Branch }));
        if (last == head) return false;
        var pins = new SourcePins(source, head, store);
        var trees = new Dictionary<string, Digest>(StringComparer.Ordinal);
        var checks = Touched(pins, last, head).Select(package => Check(pins, package, trees)).ToList();
        var epoch = pins.Epoch;
        var requests = database.Write(transaction => Record(transaction, head, checks, trees, pins, epoch));
        outbox.Send();
        bells.Requests.Ring();
        say($"{source.Name}: commit {head[..12]} asks for {requests} builds in {checks.Count} packages, {checks.Sum(check => check.Faults.Count)} faults");
        return true;
    }

    /// <summary>Steps whenever somebody pushes, and every few seconds besides; an error is said and tried again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                source.Update(cancellation);
                Step();
                failures = 0;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                failures++;
                say($"fetch of {source.Name} failed and is tried again: {error.Message}");
            }
            await bells.Sources.WaitAsync(failures == 0 ? Interval : TimeSpan.FromSeconds(Math.Min(60, 1 << Math.Min(failures, 6))), cancellation).ConfigureAwait(false);
        }
    }

    // A tree that cannot be stored is that package's fault and no other's.
    private static SourceCheck Check(SourcePins pins, string package, Dictionary<string, Digest> trees)
    {
        var check = pins.Check(package);
        if (check.Targets.Count == 0) return check;
        try
        {
            trees[package] = pins.TreeOf(package);
            return check;
        }
        catch (Exception error) when (error is SlipwayException or TarException)
        {
            return check with { Targets = [], Faults = [.. check.Faults, new SourceFault(package, 1, error.Message)] };
        }
    }

    private IEnumerable<string> Touched(SourcePins pins, string? last, string head)
    {
        var tree = pins.Tree;
        // A forced push may have taken the last handled commit away; then everything counts as new.
        if (last is null || source.Git.ResolveRef(last) is null) return tree.Packages;
        var (packages, dists) = tree.Touched(source.Git.DiffNames(last, head));
        if (dists.Count == 0) return tree.Packages.Where(packages.Contains);
        var changed = pins.Extending(dists);
        return tree.Packages.Where(package => packages.Contains(package) || UsesAny(package, head, changed));
    }

    private bool UsesAny(string package, string head, IReadOnlySet<string> dists) =>
        source.Git.ReadFile(head, BytePath.From($"{package}/.cb/cloud_builder.yml")) is { } file
        && ProjectMetadata.Read(file, out _) is { } metadata
        && (metadata.Distributions ?? []).Any(target => dists.Contains(target.Dist));

    private int Record(IDbTransaction transaction, string head, List<SourceCheck> checks, Dictionary<string, Digest> trees, SourcePins pins, long epoch)
    {
        var requests = 0;
        foreach (var check in checks)
        {
            RecordFaults(transaction, check, head);
            foreach (var target in check.Targets)
            {
                Ask(transaction, check.Package, target, new Pin(source.Name, head, trees[check.Package].ToString(), epoch, pins.DistFile(target)?.ToString()));
                requests++;
            }
        }
        ForgetFaultsOfDeleted(transaction, pins.Tree);
        transaction.Connection!.Execute("""
            INSERT INTO builds_cursor VALUES(@Name, @Branch, @head, @now) ON CONFLICT(repository, branch) DO UPDATE SET commit_id = @head, time = @now
            """, new { source.Name, source.Branch, head, now = Now }, transaction);
        return requests;
    }

    private void ForgetFaultsOfDeleted(IDbTransaction transaction, SourceTree tree)
    {
        var packages = tree.Packages.ToHashSet(StringComparer.Ordinal);
        var faulty = transaction.Connection!.Query<string>("SELECT DISTINCT package FROM builds_source_fault WHERE repository = @Name", new { source.Name }, transaction).ToList();
        foreach (var package in faulty.Where(package => !packages.Contains(package)))
            transaction.Connection!.Execute("DELETE FROM builds_source_fault WHERE repository = @Name AND package = @package", new { source.Name, package }, transaction);
    }

    private void RecordFaults(IDbTransaction transaction, SourceCheck check, string head)
    {
        var connection = transaction.Connection!;
        connection.Execute("DELETE FROM builds_source_fault WHERE repository = @Name AND package = @Package", new { source.Name, check.Package }, transaction);
        foreach (var fault in check.Faults)
            connection.Execute("INSERT INTO builds_source_fault VALUES(@Name, @Package, @head, @File, @Line, @Error, @now)",
                new { source.Name, check.Package, head, fault.File, fault.Line, fault.Error, now = Now }, transaction);
        if (check.MetadataReadable) return;
        Outbox.Add(transaction, new BuildResponse
        {
            Identity = identity.Of("CBFetch", check.Package[(check.Package.LastIndexOf('/') + 1)..]),
            RequestId = NewRequestId(),
            Project = check.Package,
            Message = $"ValidationError in '{check.Faults[0].File}': {check.Faults[0].Error}",
            ResponseCode = ResponseCodes.InvalidPackageMetadata,
        });
    }

    private void Ask(IDbTransaction transaction, string package, SourceTarget target, Pin pin)
    {
        var request = new BuildRequest
        {
            RequestId = NewRequestId(),
            Project = package,
            RunnerGroup = target.RunnerGroup,
            Package = target.Package,
            Image = target.Image,
            Action = target.Package is null ? ResponseCodes.ImageSourceChanged : ResponseCodes.PackageSourceChanged,
        };
        pin.Write(transaction, request.RequestId, database.Clock.GetUtcNow());
        Outbox.Add(transaction, request.RunnerGroup, request.RequestId, MessageCodec.Write(request));
        Outbox.Add(transaction, new BuildResponse
        {
            Identity = identity.Of("CBFetch", package[(package.LastIndexOf('/') + 1)..]),
            RequestId = request.RequestId,
            Project = package,
            Message = target.Package is null ? ResponseTexts.ImageUpdateScheduled : ResponseTexts.PackageUpdateScheduled,
            ResponseCode = request.Action,
            Target = new(target.Package?.Arch ?? target.Image!.Arch, target.Package?.Dist, target.Image?.Selection),
        });
    }

    private string NewRequestId() => Guid.CreateVersion7(database.Clock.GetUtcNow()).ToString();

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
