using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>A statement whose plan goes through all packages was once the largest cost of publishing one.</summary>
public sealed class QueryPlanTests(RunningSigner signer)
{
    private const int Packages = 1000;
    private static readonly RepositoryId Id = new("harbor", "arch");

    [Fact]
    public void No_statement_of_publishing_one_package_goes_through_the_others()
    {
        using var temp = new TempDirectory();
        var data = new State.DataDirectory(temp["data"]);
        data.Create();
        var seen = StatementSteps.Watch(data.StateDb);
        using var database = State.Database.Open(data.StateDb, [.. State.StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);
        var content = new Content.ContentStore(data.Store);
        var store = new RepositoryStore(data, database, content, signer.Client, TimeProvider.System);
        for (var i = 0; i < Packages; i++) RealPackages.Pacman(temp, $"package-{i}", "1.0-1");
        store.PublishDirectory(Id, PackageType.Pacman, temp["pacman"], new("first"), asSigned: true);
        // The counting works: to make them all took a walk through all of them.
        Assert.Contains(seen, statement => statement.Steps > Packages);

        seen.Clear();
        var file = RealPackages.Pacman(temp, "package-17", "1.1-1");
        store.Publish(Id, PackageType.Pacman, [new(content.AddFile(file), Path.GetFileName(file))], new("one more"));
        Assert.Equal(Packages + 1, store.Current(Id)!.Packages);
        Assert.Contains(seen, statement => statement.Sql.Contains("packages_entries", StringComparison.Ordinal));
        Assert.Contains(seen, statement => statement.Sql.Contains("packages_members", StringComparison.Ordinal));
        Assert.Empty(seen.Where(statement => statement.Steps > Packages).Select(statement => $"{statement.Steps} steps: {statement.Sql}"));
    }
}
