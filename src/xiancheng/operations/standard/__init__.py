"""The filing, handling and closing standard (立案、处置和结案标准): import, check, versions, export."""
